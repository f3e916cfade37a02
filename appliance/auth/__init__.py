"""Who people are, what they may see, and the proof of it that apps get."""
