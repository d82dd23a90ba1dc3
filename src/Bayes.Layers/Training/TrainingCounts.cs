using System.Globalization;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The state of a training, apart from tensors.</summary>
/// <param name="Epochs">The epochs that ended.</param>
/// <param name="BestEpoch">The number of the best epoch; 0 if there is none.</param>
/// <param name="Steps">The number of steps made.</param>
/// <param name="RefusedSteps">The number of steps refused.</param>
/// <param name="RefusedInARow">The number of steps refused since one was made.</param>
/// <param name="Seconds">The time of the steps in seconds.</param>
/// <param name="ShuffleSeed">The seed of the order of the rows.</param>
internal sealed record TrainingCounts(
    IReadOnlyList<TrainingEpoch> Epochs, int BestEpoch, long Steps, long RefusedSteps, long RefusedInARow, double Seconds, int ShuffleSeed)
{
    private const string Prefix = "training.";
    private const int Columns = 14;

    /// <summary>Returns the epochs as numbers, <c>[E, 14]</c>, which keep all bits.</summary>
    public Tensor Table()
    {
        double[] numbers = [.. Epochs.SelectMany(epoch => new[]
        {
            epoch.Number, epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence, epoch.Beta, epoch.EffectiveBeta,
            epoch.ValidationLogDensity is null ? 0 : 1, epoch.ValidationLogDensity ?? 0,
            epoch.LearningRate, epoch.GradientNorm, epoch.Examples, epoch.Steps, epoch.RefusedSteps, epoch.Seconds,
        })];
        return tensor(numbers, [Epochs.Count, Columns], float64);
    }

    /// <summary>Adds the other numbers to the texts of a file.</summary>
    public void Write(IDictionary<string, string> texts)
    {
        foreach (var (name, value) in new (string, IFormattable)[]
        {
            (nameof(BestEpoch), BestEpoch), (nameof(Steps), Steps), (nameof(RefusedSteps), RefusedSteps), (nameof(RefusedInARow), RefusedInARow),
            (nameof(Seconds), Seconds), (nameof(ShuffleSeed), ShuffleSeed),
        })
            texts[Prefix + name] = value.ToString(null, CultureInfo.InvariantCulture);
    }

    /// <summary>Reads the results of <see cref="Write"/> and <see cref="Table"/>.</summary>
    /// <exception cref="CheckpointException">A number is missing or cannot be read.</exception>
    public static TrainingCounts Read(IReadOnlyDictionary<string, string> texts, Tensor table)
    {
        if (table.ndim != 2 || table.shape[1] != Columns || table.dtype != ScalarType.Float64)
            throw new CheckpointException($"The file's epochs have shape {Shapes.Describe(table.shape)}; expected [E, {Columns}].");
        return new(
            [.. table.ReadDoubles().Chunk(Columns).Select(Epoch)],
            Number<int>(nameof(BestEpoch)), Number<long>(nameof(Steps)), Number<long>(nameof(RefusedSteps)), Number<long>(nameof(RefusedInARow)),
            Number<double>(nameof(Seconds)), Number<int>(nameof(ShuffleSeed)));

        T Number<T>(string name) where T : IParsable<T> => texts.TryGetValue(Prefix + name, out string? text)
            && T.TryParse(text, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new CheckpointException(
                $"The file's {name} is {(text is null ? "missing" : $"'{text}'")}; expected a number, as in a training's state.");
    }

    private static TrainingEpoch Epoch(double[] row) => new()
    {
        Number = (int)row[0],
        Loss = row[1],
        NegativeLogLikelihood = row[2],
        KlDivergence = row[3],
        Beta = row[4],
        EffectiveBeta = row[5],
        ValidationLogDensity = row[6] == 0 ? null : row[7],
        LearningRate = row[8],
        GradientNorm = row[9],
        Examples = (long)row[10],
        Steps = (long)row[11],
        RefusedSteps = (long)row[12],
        Seconds = row[13],
    };
}
