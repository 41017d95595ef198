"""Text as language: sentences, search terms, the language of a text, tables and amounts in prose."""
