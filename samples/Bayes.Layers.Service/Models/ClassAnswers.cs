namespace Bayes.Layers.Service.Models;

/// <summary>Turns the prediction of classes into answers.</summary>
internal static class ClassAnswers
{
    /// <summary>Returns an answer for each row.</summary>
    /// <param name="prediction">The prediction: probabilities of all classes, or of the second of two.</param>
    /// <param name="classes">The names of the classes.</param>
    public static PredictedRow[] Of(Predictive prediction, IReadOnlyList<string> classes)
    {
        double[] means = TensorNumbers.Of(prediction.Mean), entropies = TensorNumbers.Of(prediction.TotalEntropy);
        double[] information = TensorNumbers.Of(prediction.MutualInformation);
        int outputs = means.Length / entropies.Length;
        var answers = new PredictedRow[entropies.Length];
        for (int row = 0; row < answers.Length; row++)
        {
            ReadOnlySpan<double> own = means.AsSpan(row * outputs, outputs);
            answers[row] = Of(outputs == 1 ? [1 - own[0], own[0]] : own, classes, entropies[row], information[row]);
        }
        return answers;
    }

    /// <summary>Returns the answer of one row.</summary>
    public static PredictedRow Of(ReadOnlySpan<double> probabilities, IReadOnlyList<string> classes, double entropy, double information)
    {
        var named = new Dictionary<string, double>(classes.Count);
        int best = 0;
        for (int index = 0; index < classes.Count; index++)
        {
            named.Add(classes[index], probabilities[index]);
            if (probabilities[index] > probabilities[best])
                best = index;
        }
        return new PredictedRow
        {
            PredictedClass = classes[best], Probabilities = named, TotalEntropy = entropy, MutualInformation = information,
        }.IfFinite();
    }
}
