using System.Globalization;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>The sample's figure of single images.</summary>
internal static class FashionFigures
{
    private const double IntervalMass = 0.9;

    // The digits that are shown; no class is the true one.
    private static readonly long[] DigitsShown = [3, 4];

    /// <summary>Returns the figure: the surest and the least sure right prediction, the surest wrong one, and two handwritten digits.</summary>
    public static FigureFile Examples(FashionExperiment experiment, FashionImages test, Predictive prediction, Tensor digits)
    {
        using var scope = NewDisposeScope();
        double[] entropy = Numbers.Of(prediction.TotalEntropy), target = Numbers.Of(test.Target), predicted = Numbers.Of(prediction.Mean.argmax(1));
        ILookup<bool, int> rows = Enumerable.Range(0, test.Count).ToLookup(row => target[row] == predicted[row]);
        (string Name, int? Row)[] chosen =
        [
            ("right, surest", Least(rows[true], row => entropy[row])), ("right, least sure", Least(rows[true], row => -entropy[row])),
            ("wrong, surest", Least(rows[false], row => entropy[row])), ("wrong, least sure", Least(rows[false], row => -entropy[row])),
        ];
        ClassExample[] shown =
        [
            .. chosen.Where(each => each.Row is not null).Select(each => Example(
                experiment, each.Name, test.Input.narrow(0, each.Row!.Value, 1), (int)target[each.Row.Value])),
            .. DigitsShown.Select(row => Example(experiment, "a digit: unseen", digits.narrow(0, row, 1), trueClass: -1)),
        ];
        string classes = string.Join(", ", Garments.Names.Select((name, index) => string.Create(CultureInfo.InvariantCulture, $"{index} {name}")));
        return new FigureFile(
            "examples.png",
            ClassExamplesFigure.Draw(
                shown, columns: 3, FormattableString.Invariant($"{100 * IntervalMass:0} % of the draws"), "Class probabilities of single images"),
            $"The classes are {classes}. A digit belongs to none of them.",
            "Pictures of clothes and of digits, each with bars for the probabilities of ten classes.");
    }

    private static int? Least(IEnumerable<int> rows, Func<int, double> value) => rows.Any() ? rows.MinBy(value) : null;

    private static ClassExample Example(FashionExperiment experiment, string name, Tensor image, int trueClass)
    {
        using var scope = NewDisposeScope();
        using var prediction = experiment.Predict(image, keepSamples: true);
        var (lower, upper) = prediction.CredibleInterval(IntervalMass);
        double[] values = Numbers.Of(image);
        var pixels = new double[image.shape[2], image.shape[3]];
        Buffer.BlockCopy(values, 0, pixels, 0, sizeof(double) * values.Length);
        return new ClassExample(
            name, pixels, trueClass, Numbers.Of(prediction.Mean), Numbers.Of(lower), Numbers.Of(upper), Numbers.Of(prediction.MutualInformation)[0]);
    }
}
