"""Who is asking: institutions as tenants, people, their sessions, machine clients, roles."""
