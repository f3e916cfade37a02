"""Visits: who counts is asked, and what was counted is rolled up, kept for a while and shown."""
