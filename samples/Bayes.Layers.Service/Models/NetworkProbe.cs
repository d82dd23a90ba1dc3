using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Service.Models;

/// <summary>Predicts a row of zeros at the start, so that a model which this service cannot serve is refused there and not at the first request.
/// </summary>
internal static class NetworkProbe
{
    /// <summary>Returns the names of the classes; null for a regression.</summary>
    /// <exception cref="CannotStartException">The model cannot be served.</exception>
    public static IReadOnlyList<string>? Run(MonteCarloPredictive predictor, int columns, ServiceOptions options)
    {
        using var scope = NewDisposeScope();
        try
        {
            var prediction = predictor.Predict(zeros(1, columns), keepSamples: true);
            int outputs = (int)prediction.Mean.numel();
            if (predictor.Likelihood is ClassLikelihood)
                return ClassNames(outputs == 1 ? 2 : outputs, options.Classes);
            if (outputs != 1)
                throw new CannotStartException($"The model predicts {outputs} numbers for each row; this service answers with one.");
            _ = NumberAnswers.Of(prediction, options.IntervalMass, CancellationToken.None);
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // Without the name of a parameter, which .NET puts at the end.
            string why = exception.Message.Split(" (Parameter '")[0];
            throw new CannotStartException($"The model '{options.Model}' cannot predict a row of {columns} numbers: {why}", exception);
        }
    }

    private static string[] ClassNames(int count, IReadOnlyList<string> names) =>
        names.Count == 0 ? [.. Enumerable.Range(0, count).Select(index => $"{index}")]
        : names.Count == count ? [.. names]
        : throw new CannotStartException($"Classes has {names.Count} names, and the model has {count} classes; expected a name for each.");
}
