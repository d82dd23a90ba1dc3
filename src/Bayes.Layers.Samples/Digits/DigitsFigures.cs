using System.Globalization;
using Bayes.Layers.Conversion;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Reports.Predictions;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The sample's figures of turned images and of pruning. Those of the metrics are the report's own.</summary>
internal sealed record DigitsFigures(FigureFile Rotation, FigureFile Examples, FigureFile Pruning)
{
    private const double IntervalMass = 0.9;

    private static readonly int[] DigitsShown = [2, 5, 7];

    private static readonly double[] AnglesShown = [0, 45, 90];

    /// <summary>Every figure, in reading order.</summary>
    public IReadOnlyList<FigureFile> All => [Rotation, Examples, Pruning];

    /// <summary>Returns the figures.</summary>
    public static DigitsFigures Of(
        DigitsExperiment experiment, DigitImages test, IReadOnlyList<TurnedDigits> turned, IReadOnlyList<PruningPoint> pruning) => new(
            new FigureFile(
                "rotation.png",
                RotationFigure.Draw(
                    [.. turned.Select(each => new RotationPoint(each.Angle, each.MutualInformation, each.Accuracy))],
                    "Digits of the test part, turned"),
                $"Means over {test.Count} digits at each of {turned.Count} angles.",
                $"Two curves against the angle: accuracy falls from {NumberText.Share(turned[0].Accuracy)} upright, and the mutual information "
                + "rises from "
                + $"{NumberText.Share(turned[0].MutualInformation)} to at most {NumberText.Share(turned.Max(each => each.MutualInformation))} nats."),
            new FigureFile(
                "examples.png", DrawExamples(experiment, test), "Three digits, upright and turned. The scale of the bars is the probability.",
                "Three digits at three angles, each with bars for the probabilities of ten classes: upright they are sure, turned they are not."),
            new FigureFile(
                "pruning.png", PruningFigure.Draw(pruning, test.Count, "Accuracy when the least certain weights are left out"),
                "Weights are set to 0 in the order of their signal-to-noise ratio.",
                $"Curve of accuracy against the share of weights set to 0, from {NumberText.Share(pruning[0].Value)} with none."));

    private static FigureDrawing DrawExamples(DigitsExperiment experiment, DigitImages test)
    {
        double[] digits = Numbers.Of(test.Target);
        long[] shown = [.. DigitsShown.Select(digit => (long)Array.IndexOf(digits, digit)).Where(row => row >= 0)];
        if (shown.Length == 0)
            shown = [0];
        var columns = AnglesShown.Select(angle => ExamplesAt(experiment, test, shown, angle)).ToArray();
        return ClassExamplesFigure.Draw(
            [.. shown.SelectMany((_, row) => columns.Select(column => column[row]))], columns.Length,
            FormattableString.Invariant($"{100 * IntervalMass:0} % of the draws"),
            "Class probabilities of single digits");
    }

    private static ClassExample[] ExamplesAt(DigitsExperiment experiment, DigitImages test, long[] rows, double angle)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows).to(test.Input.device);
        var images = ImageRotation.Turn(test.Input.index_select(0, index), angle);
        using var prediction = experiment.Predict(images, keepSamples: true);
        var (lower, upper) = prediction.CredibleInterval(IntervalMass);
        double[] digits = Numbers.Of(test.Target.index_select(0, index)), mutualInformation = Numbers.Of(prediction.MutualInformation);
        string name = angle == 0 ? "upright" : string.Create(CultureInfo.InvariantCulture, $"turned by {angle:0}°");
        return [.. rows.Select((_, row) => new ClassExample(
            name, Pixels(images.select(0, row)), (int)digits[row], Row(prediction.Mean, row), Row(lower, row), Row(upper, row),
            mutualInformation[row]))];

        static double[] Row(Tensor values, long row) => Numbers.Of(values.select(0, row));
    }

    private static double[,] Pixels(Tensor image)
    {
        double[] values = Numbers.Of(image);
        int side = (int)image.shape[^1];
        var pixels = new double[side, side];
        Buffer.BlockCopy(values, 0, pixels, 0, sizeof(double) * values.Length);
        return pixels;
    }
}
