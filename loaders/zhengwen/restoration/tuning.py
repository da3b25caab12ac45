"""The tuned numbers of the restoration, each with its unit.

A *log-probability* is a natural logarithm, in nats; a *cost* is a negative log-probability.  Facts of the damage and of
the encoding are not here: they stand with the code that needs them.

Where nothing else is said, a number was set by hand, and no record tells what else was tried; docs/restoration.md says
which alternatives were measured, and with what result.  After a change, run
``pytest tests/test_restore.py`` and ``python benchmarks/restore.py``.
"""

# -- detection: is the text damaged?

#: How often a delimiter is full-width, as a share of how often it is ASCII, above which the site does not cut at it.
MAX_FULL_WIDTH_SHARE = 1 / 4
#: Log-probability (nats) of a character on its own.  People do not gloss a character that is more common.
COMMON_CHARACTER = -9.8
#: Cost (nats) of a delimiter with the three characters behind it, above which garbled text may stand there.  It is
#: common in garbled text and hardly ever reached in other text.
IMPROBABLE_CONTEXT = 30.0
#: Cost (nats) of each ASCII character among those three.
ASCII_IN_CONTEXT_COST = 6.0
#: Glosses with another reading than the character has elsewhere in the text, as a share of all: sites write no more.
MAX_CONFLICTING_SHARE = 1 / 8
#: Occurrences of glossed characters without a gloss, as a share of all glosses: sites leave no more.
MAX_BARE_SHARE = 1 / 4
#: Glosses on common characters, as a share of all glosses: sites write no fewer.
MIN_COMMON_SHARE = 2 / 3
#: Glosses, as a share of the Chinese characters of a text: sites write no more, people who teach reading do.
MAX_GLOSSED_SHARE = 1 / 2
#: Glosses (count) that show damage even in a text that is about pronunciation.
MIN_GLOSSES_IN_LESSON = 8
#: Glossed characters (count of distinct ones) that show damage, where ASCII delimiters show it too.
MIN_DISTINCT_WITH_ASCII = 3
#: Glosses (count) that show damage where ASCII delimiters show it too and all glosses are on Traditional characters.
MIN_TRADITIONAL_WITH_ASCII = 2
#: Glossed characters (count of distinct ones) that damage has at least where the delimiters are full-width.
MIN_DISTINCT = 4
#: Characters glossed more than once (count) that damage has at least where the delimiters are full-width.
MIN_REPEATED = 2
#: Glosses on Traditional characters, as a share of all, above which no characters glossed more than once are needed.
MIN_TRADITIONAL_SHARE = 0.9
#: Glosses with a space behind them, as a share of all, above which the space belongs to the gloss and not to the text.
MIN_SPACED_SHARE = 0.8

# -- detection in a text without glosses: proof by search

#: Gain in log-probability (nats) over the text as it stands that proves damage.  Lowered from 16: more damaged texts
#: are restored, and no clean text of the benchmark is changed.
PROOF = 8.0
#: The most (nats) that one place counts towards the proof.
MAX_GAIN_OF_PLACE = 20.0
#: How many places are searched for the proof (count).
MAX_PLACES_TRIED = 40
#: Cost per character (nats) above which a candidate is not Chinese either and proves nothing: the place was garbled in
#: another way.
MAX_COST_PER_CHARACTER = 7.0

# -- search: beams and pruning.  Beams three to eight times as wide put no more places right.

#: Hypotheses kept at each step (count).
BEAM = 64
#: Of these, how many (count) may be between two characters, and how many behind one and the same lead byte.
BEAM_IN_PLACE = 20
BEAM_PER_LEAD_BYTE = 5
#: Pruning margin (nats): a hypothesis less probable than the best one by more than this is dropped.
PRUNING_MARGIN = 14.0
#: How many of the characters that an unknown byte may make are followed (count), and by how many nats they may be less
#: probable than the best of them.
MAX_CHOICES = 12
CHOICE_MARGIN = 9.0
#: Log-probability (nats) of a character on its own, below which it is not guessed for an unknown byte.
RAREST_GUESS = -16.0

# -- search: pairs of bytes that vanished.  Looking for them at every step put 0.8% more places right, six times as
# slowly.

#: Cost (nats) that every other continuation of a step must reach before pairs are taken to have vanished there.
VANISHED_PAIR_THRESHOLD = 9.0
#: The same for the second search, which is made when the first finds nothing, or only a candidate that holds two
#: characters in a row of a higher cost (nats) than the third number.
VANISHED_PAIR_THRESHOLD_AGAIN = 7.0
MAX_COST_OF_TWO = 15.0
#: How many pairs in a row may vanish (count).
MAX_VANISHED_PAIRS = 3
#: Only hypotheses within this margin (nats) of the best are extended by vanished pairs, and so many (count) kept for
#: each further pair.
VANISHED_PAIR_MARGIN = 8.0
VANISHED_PAIR_BEAM = 6

# -- search: costs of what speaks against a hypothesis, in nats

#: A character or delimiter that the policy would have changed stands unchanged.
POLICY_VIOLATION_COST = 9.0
#: A lone lead byte left no mark, on a site that marks them.
UNMARKED_ORPHAN_COST = 4.0
#: A gloss swallowed its parenthesis directly behind another gloss or a cut.
SECOND_GLOSS_COST = 2.0
#: A character is glossed that is not in the table: this, and this share of its own cost (a factor without unit).
NEW_GLOSS_COST = 1.0
NEW_GLOSS_WEIGHT = 0.7
#: What is added to the log-probability of a quotation mark: an opening one, a closing one that matches, and either that
#: does not match.
OPENING_QUOTE_BONUS = 0.5
CLOSING_QUOTE_BONUS = 1.0
UNMATCHED_QUOTE_BONUS = -4.0
#: A quotation does not match the next mark of the line, or is open at its end.
UNBALANCED_QUOTE_COST = 5.0
#: The same where the mark may have been lost at an exclamation mark on the way.
LOST_QUOTE_COST = 1.0
#: How far ahead the next quotation mark is looked for (characters).
QUOTE_LOOKAHEAD = 400

# -- the language model as a text goes by it

#: Log-probability (nats) of a character that the model does not know.
UNKNOWN_CHARACTER = -19.0
#: The weight (a share of 1) of the document's own pairs of characters against the model.
DOCUMENT_WEIGHT = 0.2
#: Cost (nats) of a letter, digit, or other symbol behind Chinese.  To the first two comes how rarely the text has them.
LETTER_COST = 3.2
DIGIT_COST = 2.0
SYMBOL_COST = 6.0
#: The same for a symbol that is hardly written in a text.
RARE_SYMBOL_COST = 10.0
#: Cost (nats) of such a character behind another one.
NEXT_ASCII_COST = 2.5
#: Pseudo-counts (characters) of Chinese characters, and of letters or digits, when the rarity of the latter is
#: estimated, so that a short text does not decide.
CHINESE_PSEUDO_COUNT = 50
ASCII_PSEUDO_COUNT = 1
#: Cost (nats) of a run of exactly two full stops: it is rarer than one of three or more.
TWO_STOPS_COST = 3.0
#: Cost (nats) of a form that this text does not write of a character that it writes otherwise, and the highest cost of
#: a form that it does write.
OTHER_FORM_COST = 3.0
WRITTEN_FORM_COST = 0.5
#: Cost (nats) of the forms of a character in a text that has not been seen to write it: one of the other script; the
#: first and any further Traditional form in OpenCC's dictionary; and a form that the dictionary does not give.
OTHER_SCRIPT_COST = 6.0
FIRST_FORM_COST = 0.1
FURTHER_FORM_COST = 1.0
UNLISTED_FORM_COST = 2.0

# -- restoring a line

#: Log-probability (nats) of the two characters behind a delimiter, and of the third, above which there is no search.
PLAIN_TEXT = -13.0
#: Margin (nats) below which a line is restored again when the rest of the document has been restored.
DOUBTFUL_MARGIN = 6.0

# -- caps that keep time and memory in bounds

#: Log-probabilities (count) that the model remembers before it forgets all of them at once.
MAX_CACHED_SCORES = 1 << 20
#: Distributions (count) that the model remembers, 58 KB each.
MAX_CACHED_DISTRIBUTIONS = 512
#: Candidates of a place are counted up to this number, which stands for any greater one.
MAX_COUNT = 10**18
#: Candidates of a longer place (characters) are not counted: there are that many anyway.
MAX_COUNTED_LENGTH = 60
#: How many glosses are tried in another place of a site's order (count), on how many lines (count).
MAX_GLOSSES_MOVED = 12
MAX_LINES_COMPARED = 20
#: A differing stretch longer than this (characters) is not compared character by character.
MAX_COMPARED_LENGTH = 2000
