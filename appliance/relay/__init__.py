"""The share relay: public links for Gradio apps that run on other machines."""
