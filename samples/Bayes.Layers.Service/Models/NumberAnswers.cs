namespace Bayes.Layers.Service.Models;

/// <summary>Turns the prediction of a number into answers.</summary>
internal static class NumberAnswers
{
    /// <summary>Returns an answer for each row.</summary>
    /// <param name="prediction">The prediction of one number for each row, with its samples.</param>
    /// <param name="mass">The probability within the interval.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static PredictedRow[] Of(Predictive prediction, double mass, CancellationToken cancellationToken)
    {
        var (low, high) = prediction.PredictionInterval(mass, cancellationToken);
        double[] means = TensorNumbers.Of(prediction.Mean), lower = TensorNumbers.Of(low), upper = TensorNumbers.Of(high);
        double[] epistemic = TensorNumbers.Of(prediction.EpistemicStddev), aleatoric = TensorNumbers.Of(prediction.AleatoricStddev);
        double[] total = TensorNumbers.Of(prediction.TotalStddev);
        var answers = new PredictedRow[means.Length];
        for (int row = 0; row < answers.Length; row++)
            answers[row] = new PredictedRow
            {
                Mean = means[row], Lower = lower[row], Upper = upper[row], EpistemicStddev = epistemic[row], AleatoricStddev = aleatoric[row],
                TotalStddev = total[row],
            }.IfFinite();
        return answers;
    }
}
