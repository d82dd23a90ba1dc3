using System.Globalization;
using Bayes.Layers.Conversion;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The sample's figures.</summary>
internal static class DigitsFigures
{
    private const double IntervalMass = 0.9;

    private static readonly int[] DigitsShown = [2, 5, 7];

    private static readonly double[] AnglesShown = [0, 45, 90];

    /// <summary>Writes every figure, and returns their names.</summary>
    public static IReadOnlyList<string> Save(
        string folder, DigitsExperiment experiment, DigitImages test, Calibration calibration, IReadOnlyList<TurnedDigits> turned,
        IReadOnlyList<PruningPoint> pruning)
    {
        string calibrationError = calibration.ExpectedError.ToString("F3", CultureInfo.InvariantCulture);
        (string Name, Action<string> Write)[] figures =
        [
            (
                "rotation.png",
                path => RotationFigure.Save(
                    path, [.. turned.Select(each => new RotationPoint(each.Angle, each.MutualInformation, each.Accuracy))],
                    "Digits of the test part, turned")),
            ("examples.png", path => SaveExamples(path, experiment, test)),
            (
                "reliability.png",
                path => ReliabilityFigure.Save(
                    path, calibration.Bins, new ClassNames("wrong", "right"), "Reliability on the test part",
                    $"expected calibration error: {calibrationError}")),
            ("pruning.png", path => PruningFigure.Save(path, pruning, test.Count, "Accuracy when the least certain weights are left out")),
        ];
        foreach (var (name, write) in figures)
            write(Path.Combine(folder, name));
        return [.. figures.Select(figure => figure.Name)];
    }

    private static void SaveExamples(string path, DigitsExperiment experiment, DigitImages test)
    {
        double[] digits = Numbers.Of(test.Target);
        long[] shown = [.. DigitsShown.Select(digit => (long)Array.IndexOf(digits, digit)).Where(row => row >= 0)];
        if (shown.Length == 0)
            shown = [0];
        var columns = AnglesShown.Select(angle => Examples(experiment, test, shown, angle)).ToArray();
        DigitExamplesFigure.Save(
            path,
            [.. shown.Select((_, row) => columns.Select(column => column[row]).ToArray())],
            [.. AnglesShown.Select(angle => angle == 0 ? "upright" : string.Create(CultureInfo.InvariantCulture, $"turned by {angle:0}°"))],
            FormattableString.Invariant($"{100 * IntervalMass:0} % of the draws"),
            "Class probabilities of single digits");
    }

    private static DigitExample[] Examples(DigitsExperiment experiment, DigitImages test, long[] rows, double angle)
    {
        using var scope = NewDisposeScope();
        var index = tensor(rows).to(test.Input.device);
        var images = ImageRotation.Turn(test.Input.index_select(0, index), angle);
        using var prediction = experiment.Predict(images, keepSamples: true);
        var (lower, upper) = prediction.CredibleInterval(IntervalMass);
        double[] digits = Numbers.Of(test.Target.index_select(0, index)), mutualInformation = Numbers.Of(prediction.MutualInformation);
        return [.. rows.Select((_, row) => new DigitExample(
            Pixels(images.select(0, row)), (int)digits[row], Row(prediction.Mean, row), Row(lower, row), Row(upper, row), mutualInformation[row]))];

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
