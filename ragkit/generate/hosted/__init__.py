"""Hosted models behind LangChain, with limits, retries and a check that replies are whole."""
