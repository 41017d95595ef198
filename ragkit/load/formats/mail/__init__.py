"""E-mail and Outlook messages with their attachments."""
