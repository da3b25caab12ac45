"""The tuned parameters of the restoration, each with its unit.

A *log-probability* is a natural logarithm, in nats; a *cost* is a negative log-probability.  Facts about the damage and
the encoding are not here, but with the code that needs them.

Unless stated otherwise, a value was set by hand, and it is not recorded what else was tried; docs/restoration.md says
which alternatives were measured, and with what result.  After a change, run
``pytest tests/test_restore.py`` and ``python benchmarks/restore.py``.
"""

# -- detection: is the text damaged?

#: The ratio of full-width to ASCII occurrences of a delimiter above which the site does not cut at it.
MAX_FULL_WIDTH_SHARE = 1 / 4
#: Log-probability (nats) of a character on its own above which it is common: people do not gloss common characters.
COMMON_CHARACTER = -9.8
#: Cost (nats) of a delimiter with the three characters after it, above which they may be garbled.  Garbled text often
#: costs more, other text hardly ever.
IMPROBABLE_CONTEXT = 30.0
#: Cost (nats) of each ASCII character among those three.
ASCII_IN_CONTEXT_COST = 6.0
#: Glosses whose reading differs from that of the same character elsewhere in the text, as a share of all glosses: the
#: most that sites write.
MAX_CONFLICTING_SHARE = 1 / 8
#: Occurrences of glossed characters without a gloss, as a share of all glosses: the most that sites leave.
MAX_BARE_SHARE = 1 / 4
#: Glosses on common characters, as a share of all glosses: the fewest that sites write.
MIN_COMMON_SHARE = 2 / 3
#: Glosses, as a share of the Chinese characters of a text: the most that sites write; teachers write more.
MAX_GLOSSED_SHARE = 1 / 2
#: The number of glosses that is enough to show damage even in a text that is about pronunciation.
MIN_GLOSSES_IN_LESSON = 8
#: The number of distinct glossed characters that is enough to show damage where ASCII delimiters show it too.
MIN_DISTINCT_WITH_ASCII = 3
#: The number of glosses that is enough to show damage where ASCII delimiters show it too and every glossed character
#: is Traditional.
MIN_TRADITIONAL_WITH_ASCII = 2
#: Distinct glossed characters (count) that a damaged text with full-width delimiters has at least.
MIN_DISTINCT = 4
#: Characters glossed more than once (count) that a damaged text with full-width delimiters has at least.
MIN_REPEATED = 2
#: Glosses on Traditional characters, as a share of all, above which :data:`MIN_REPEATED` is not required.
MIN_TRADITIONAL_SHARE = 0.9
#: Glosses with a space after them, as a share of all, above which the space belongs to the gloss and not to the text.
MIN_SPACED_SHARE = 0.8

# -- detection in a text without glosses: proof by search

#: Gain in log-probability (nats), over the text as it stands, that proves damage.  Lowered from 16: more damaged texts
#: are restored, and still no clean text of the benchmark is changed.
PROOF = 8.0
#: The most (nats) that one place contributes to the proof.
MAX_GAIN_OF_PLACE = 20.0
#: How many places are searched for the proof (count).
MAX_PLACES_TRIED = 40
#: Cost per character (nats) above which a candidate is not Chinese either, and proves nothing: the place was garbled in
#: another way.
MAX_COST_PER_CHARACTER = 7.0

# -- search: beams and pruning.  Beams three to eight times as wide restored no more places correctly.

#: Hypotheses kept at each step (count).
BEAM = 64
#: Of these, how many may be in sync (count), and how many out of sync after the same lead byte (count).
BEAM_IN_SYNC = 20
BEAM_PER_LEAD_BYTE = 5
#: Pruning margin (nats): a hypothesis less probable than the best one by more than this is dropped.
PRUNING_MARGIN = 14.0
#: How many of the characters that are possible with an unknown byte are followed up (count), and by how many nats they
#: may be less probable than the best of them.
MAX_CHOICES = 12
CHOICE_MARGIN = 9.0
#: Log-probability (nats) of a character on its own, below which it is not guessed for an unknown byte.
RAREST_GUESS = -16.0

# -- search: pairs of bytes that vanished.  Looking for them at every step restored 0.8% more places correctly, six
# times as slowly.

#: Cost (nats) that every other continuation of a step must reach before vanished pairs are considered there.
VANISHED_PAIR_THRESHOLD = 9.0
#: The same (nats) for a second search, which is made when the first finds no candidate, or when its best one has two
#: characters in a row that cost more than :data:`MAX_COST_OF_TWO` (nats).
VANISHED_PAIR_THRESHOLD_AGAIN = 7.0
MAX_COST_OF_TWO = 15.0
#: How many pairs in a row may vanish (count).
MAX_VANISHED_PAIRS = 3
#: Only hypotheses within this margin (nats) of the best are extended by vanished pairs, and this many (count) are kept
#: after each pair.
VANISHED_PAIR_MARGIN = 8.0
VANISHED_PAIR_BEAM = 6

# -- search: costs of what makes a hypothesis less plausible, in nats

#: A character or delimiter is unchanged although the policy would have changed it.
POLICY_VIOLATION_COST = 9.0
#: A lone lead byte left no mark, on a site that marks them.
UNMARKED_ORPHAN_COST = 4.0
#: The parenthesis of a gloss was swallowed directly after another gloss or a cut.
SECOND_GLOSS_COST = 2.0
#: A character is glossed that is not in the gloss table: the first number, plus the second (a factor without unit)
#: times the character's own cost.
NEW_GLOSS_COST = 1.0
NEW_GLOSS_WEIGHT = 0.7
#: What is added to the log-probability of a quotation mark: an opening one, a closing one that matches, and either that
#: does not match.
OPENING_QUOTE_BONUS = 0.5
CLOSING_QUOTE_BONUS = 1.0
UNMATCHED_QUOTE_BONUS = -4.0
#: An open quotation, or none, does not match the next quotation mark of the line, or a quotation is open at its end.
UNBALANCED_QUOTE_COST = 5.0
#: The same if the quotation mark may have been lost at an exclamation mark before it.
LOST_QUOTE_COST = 1.0
#: How far ahead the next quotation mark is looked for (characters).
QUOTE_LOOKAHEAD = 400

# -- the language model, adapted to one text

#: Log-probability (nats) of a character that the model does not know.
UNKNOWN_CHARACTER = -19.0
#: The weight of the document's own counts of two characters in a row (a share of 1; the language model has the rest).
DOCUMENT_WEIGHT = 0.2
#: Cost (nats) of a letter, a digit, or another symbol after Chinese.  To the first two is added a cost by how rare they
#: are in the text.
LETTER_COST = 3.2
DIGIT_COST = 2.0
SYMBOL_COST = 6.0
#: The same for a symbol that is hardly ever written in a text.
RARE_SYMBOL_COST = 10.0
#: Cost (nats) of such a character after another one.
NEXT_ASCII_COST = 2.5
#: Pseudo-counts (characters) of Chinese characters, and of letters or digits, when the rarity of the latter is
#: estimated, so that a short text does not have too much influence.
CHINESE_PSEUDO_COUNT = 50
ASCII_PSEUDO_COUNT = 1
#: Cost (nats) of a run of exactly two full stops: it is rarer than one of three or more.
TWO_STOPS_COST = 3.0
#: Cost (nats) of a form of a character where the text writes another form, and the highest cost of a form that the text
#: does write.
OTHER_FORM_COST = 3.0
WRITTEN_FORM_COST = 0.5
#: Cost (nats) of the forms of a character that does not occur in the text: a form of the other script; the first and
#: any further Traditional form in OpenCC's dictionary; and a form that is not in the dictionary.
OTHER_SCRIPT_COST = 6.0
FIRST_FORM_COST = 0.1
FURTHER_FORM_COST = 1.0
UNLISTED_FORM_COST = 2.0

# -- restoring a line

#: Log-probability (nats) of the two characters after a delimiter, and of the third, above which there is no search.
PLAIN_TEXT = -13.0
#: Margin (nats) below which a line is restored again once the whole document has been restored.
DOUBTFUL_MARGIN = 6.0

# -- caps that keep time and memory in bounds

#: Log-probabilities (count) that the model caches before it clears the cache.
MAX_CACHED_SCORES = 1 << 20
#: Distributions (count) that the model caches, 58 KB each.
MAX_CACHED_DISTRIBUTIONS = 512
#: Candidates for a place are counted up to this number, which stands for any greater one.
MAX_COUNT = 10**18
#: Candidates for a text longer than this (characters) are not counted: :data:`MAX_COUNT` is reached anyway.
MAX_COUNTED_LENGTH = 60
#: When the order of a site's glosses is inferred: how many glosses are moved (count), and on how many lines (count) the
#: orders are compared.
MAX_GLOSSES_MOVED = 12
MAX_LINES_COMPARED = 20
#: A differing stretch longer than this (characters) is not compared character by character.
MAX_COMPARED_LENGTH = 2000
