"""Where logs are fetched from: gateways, which are untrusted."""
