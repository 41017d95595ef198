"""What a cut costs, against 1.0 for a chunk that misses its best length by a whole chunk."""

HEADING = 0.0
PARAGRAPH = 0.1
ITEM = LINE = 0.2
SENTENCE = 0.5
ROW = 0.6  # the header goes along, but a table says more as a whole
CLAUSE = 1.2
WORD = 2.0
CHARACTER = 3.0
CAPTIONED = 0.8  # below a short line that reads like a heading, in text that marks none
GLUED = 5.0  # between a heading or table header and what follows it
NESTED = 0.1  # more for each level that a line of code is nested
