"""The dashboard: what runs, who shares, what needs somebody; and the verbs for it."""
