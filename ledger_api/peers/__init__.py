"""Other institutions' gateways: where they are, asking them, and knowing who asks (protocol 14)."""
