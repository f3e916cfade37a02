"""An image goes up, a filtered one comes down. Pillow and NumPy only."""

from pathlib import Path

import gradio as gr
import numpy as np
from PIL import Image, ImageFilter, ImageOps

SAMPLE = Path(__file__).parent / "sample.png"


def edges(image: Image.Image) -> Image.Image:
    return ImageOps.invert(image.convert("L").filter(ImageFilter.FIND_EDGES)).convert("RGB")


def blur(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 60))


def posterize(image: Image.Image) -> Image.Image:
    return ImageOps.posterize(image, 2)


def duotone(image: Image.Image) -> Image.Image:
    light = np.asarray(image.convert("L"), dtype=np.float32)[..., None] / 255
    dark_ink, light_ink = np.array([40, 25, 90]), np.array([255, 205, 130])
    return Image.fromarray((dark_ink + light * (light_ink - dark_ink)).astype(np.uint8))


FILTERS = {"Edges": edges, "Blur": blur, "Posterize": posterize, "Duotone": duotone}


def apply_filter(image: Image.Image | None, name: str, strength: float) -> Image.Image:
    """Blend an image with its filtered self; strength is 0 (none) to 1 (full)."""
    if image is None:
        raise gr.Error("Upload an image first.")
    plain = image.convert("RGB")
    return Image.blend(plain, FILTERS[name](plain), strength)


with gr.Blocks(title="Image filter") as demo:
    gr.Markdown("# Image filter\nUpload a picture, pick a filter, keep the result.")
    with gr.Row():
        with gr.Column():
            source = gr.Image(str(SAMPLE), type="pil", label="Picture", height=320)
            name = gr.Radio(list(FILTERS), value="Duotone", label="Filter")
            strength = gr.Slider(0, 1, value=1, step=0.05, label="Strength")
            run = gr.Button("Apply", variant="primary")
        result = gr.Image(format="png", label="Result", height=320, buttons=["download"])
    gr.Examples(
        [[str(SAMPLE), filter_name, 1] for filter_name in FILTERS], [source, name, strength]
    )
    run.click(apply_filter, [source, name, strength], result, api_name="filter")

if __name__ == "__main__":
    demo.launch()
