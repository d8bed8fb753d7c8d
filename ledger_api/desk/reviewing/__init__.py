"""The hospital pharmacist's pages: prescriptions that wait for a review, and the reviewing of one."""
