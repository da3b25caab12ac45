"""What a release holds and how it is made: rows, card, the folder."""
