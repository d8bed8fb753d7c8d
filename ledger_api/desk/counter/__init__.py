"""The pharmacist's counter: a code is scanned, the prescription verified, reviewed and dispensed."""
