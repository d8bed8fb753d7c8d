"""What an operator sees: logs without personal data, metrics, health and readiness."""
