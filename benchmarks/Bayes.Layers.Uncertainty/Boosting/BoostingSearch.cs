namespace Bayes.Layers.Uncertainty.Boosting;

/// <summary>Chooses the settings and the number of trees of gradient boosting by the error of rows that were left out.</summary>
/// <param name="training">The training.</param>
/// <param name="inputs"><c>[rows, columns]</c>.</param>
/// <param name="targets">A target for each row.</param>
/// <param name="folds">The fold of each row: it is predicted by trees that were trained on the other folds.</param>
internal sealed class BoostingSearch(BoostingTraining training, float[,] inputs, double[] targets, int[] folds)
{
    // Trees that all settings get, that the best of them get, and that the best of these get, if the error still falls at the end of those before.
    private static readonly (int Trees, int Candidates)[] Rounds = [(250, int.MaxValue), (1000, 3), (3000, 2)];

    // The error still falls if it is least in the last tenth.
    private const double NearItsEnd = 0.9;

    /// <summary>Returns the best settings.</summary>
    public BoostingChoice Find(IReadOnlyList<BoostingSettings> candidates, CancellationToken cancellationToken)
    {
        var choices = candidates.Select(candidate => new BoostingChoice(candidate, 0, double.PositiveInfinity)).ToList();
        int before = 0;
        foreach (var (trees, most) in Rounds)
        {
            choices =
            [
                .. choices.OrderBy(choice => choice.Error).Select((choice, rank) =>
                    rank < most && choice.Trees >= NearItsEnd * before ? Try(choice.Settings, trees, cancellationToken) : choice),
            ];
            before = trees;
        }
        return choices.MinBy(choice => choice.Error)!;
    }

    private BoostingChoice Try(BoostingSettings settings, int trees, CancellationToken cancellationToken)
    {
        double[] errors = ErrorsOf(settings, trees, cancellationToken);
        int best = Array.IndexOf(errors, errors.Min());
        return new BoostingChoice(settings, best + 1, Math.Sqrt(errors[best]));
    }

    /// <summary>Returns the mean squared error after 1, 2, … trees of rows that those trees were not trained on.</summary>
    private double[] ErrorsOf(BoostingSettings settings, int trees, CancellationToken cancellationToken)
    {
        var sums = new double[trees];
        var predictions = new double[trees];
        foreach (int fold in folds.Distinct().Order())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ensemble = training.Train(Enumerable.Range(0, targets.Length).Where(row => folds[row] != fold), settings, trees);
            for (int row = 0; row < targets.Length; row++)
            {
                if (folds[row] != fold)
                    continue;
                ensemble.Predict(inputs, row, predictions);
                for (int tree = 0; tree < trees; tree++)
                    sums[tree] += (predictions[tree] - targets[row]) * (predictions[tree] - targets[row]);
            }
        }
        return [.. sums.Select(sum => sum / targets.Length)];
    }
}
