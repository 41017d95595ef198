"""What calls of generators cost: tokens, seconds and money counted, bounded, estimated; replies cached."""
