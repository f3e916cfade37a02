"""One app with several pages, each at its own address."""

import gradio as gr
import numpy as np
import pandas as pd


def growth(start: float, rate: float, years: int) -> pd.DataFrame:
    """Value at the end of each year, for yearly and for continuous compounding."""
    year = np.arange(int(years) + 1)
    curves = {
        "yearly": start * (1 + rate / 100) ** year,
        "continuous": start * np.exp(rate / 100 * year),
    }
    return pd.concat(
        pd.DataFrame({"year": year, "value": values.round(2), "compounding": name})
        for name, values in curves.items()
    )


def years_to_double(rate: float) -> str:
    """How long a value takes to double at a yearly rate in percent."""
    if rate <= 0:
        raise gr.Error("Choose a rate above zero.")
    return f"{np.log(2) / np.log1p(rate / 100):.1f} years"


with gr.Blocks(title="Growth") as demo:
    gr.Markdown("# Growth\nHow a value grows at a steady rate. The next page has its own address.")
    with gr.Row():
        start = gr.Number(100, label="Start")
        rate = gr.Slider(0, 15, value=7, step=0.5, label="Rate (% a year)")
        years = gr.Slider(1, 40, value=20, step=1, label="Years")
    chart = gr.LinePlot(growth(100, 7, 20), x="year", y="value", color="compounding", label="Value")
    gr.on(
        [start.submit, rate.release, years.release],
        growth,
        [start, rate, years],
        chart,
        api_name="growth",
    )

with demo.route("Doubling", "/doubling"):
    gr.Markdown("# Doubling\nHow long until it is twice as much?")
    percent = gr.Slider(0, 15, value=7, step=0.5, label="Rate (% a year)")
    answer = gr.Textbox("10.2 years", label="Time to double", interactive=False)
    percent.release(years_to_double, percent, answer, api_name="years_to_double")

if __name__ == "__main__":
    demo.launch()
