"""E-mail and mailboxes (``message``), Outlook messages (``outlook``) and what Outlook packs (``tnef``)."""
