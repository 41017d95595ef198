"""Word, PowerPoint, spreadsheets, OpenDocument and RTF; ``drawing`` and ``xlsx`` are shared parts."""
