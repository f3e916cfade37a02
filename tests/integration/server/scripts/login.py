import gradio as gr

demo = gr.Interface(lambda text: text.upper(), "text", "text", api_name="upper")
demo.launch(auth=("ada", "lovelace"), auth_message="members only")
