"""Who is asking: auditors, what they may do, and their sign-ins."""
