"""Ragkit: answers over document collections, each sentence backed by a verbatim quote."""
