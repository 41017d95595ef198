"""What every stage shares: types, protocols, errors, settings, the registry of providers, places in documents."""
