"""The overview: every institution and log at a glance."""
