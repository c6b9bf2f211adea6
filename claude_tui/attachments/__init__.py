"""Files that go with a question: what they are, what the API takes of them, and where their content is kept."""
