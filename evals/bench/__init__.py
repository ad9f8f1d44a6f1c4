"""Long measurements, run by ``make bench``; tables and machine facts in README.md beside this file."""
