"""Picture files, whose words are recognised by ``ragkit.load.formats.ocr``."""
