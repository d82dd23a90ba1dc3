namespace Bayes.Layers.Training;

/// <summary>
/// Compares the number of examples in an epoch with <see cref="ElboLoss.DatasetSize"/>: where they differ, the KL divergence has the wrong weight
/// and the posterior is too wide or too narrow.
/// </summary>
/// <param name="datasetSize">N of the loss.</param>
/// <param name="isChecked">False if the user wants another number.</param>
/// <param name="mayDropLastBatch">Whether the source may leave out the examples that do not fill a last batch.</param>
internal sealed class ExampleCount(long datasetSize, bool isChecked, bool mayDropLastBatch)
{
    private long _examples;

    /// <summary>Refuses a data set whose size is known and is not N.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public static void RequireSame(long examples, long datasetSize, string source, string parameter)
    {
        if (examples != datasetSize)
            throw new ArgumentException($"{source} {examples} rows {Expected(datasetSize)}", parameter);
    }

    /// <summary>Starts to count an epoch.</summary>
    public void Begin() => _examples = 0;

    /// <summary>Counts a batch.</summary>
    /// <exception cref="InvalidOperationException">The epoch has more than N examples.</exception>
    public void Add(long rows, int epoch)
    {
        _examples += rows;
        if (isChecked && _examples > datasetSize)
            throw new InvalidOperationException($"Epoch {epoch} has at least {_examples} rows {Expected(datasetSize)}");
    }

    /// <summary>Ends an epoch in which every batch was given.</summary>
    /// <exception cref="InvalidOperationException">The epoch has fewer than N examples.</exception>
    public void End(int epoch)
    {
        if (!isChecked || _examples == datasetSize || mayDropLastBatch)
            return;
        throw new InvalidOperationException($"Epoch {epoch} has {_examples} rows {Expected(datasetSize)}");
    }

    private static string Expected(long datasetSize) =>
        $"and the loss is for {datasetSize} training examples, its DatasetSize; expected as many, or the KL divergence would have the wrong weight "
        + "(set EpochCoversDataset to false if an epoch is meant to have another number).";
}
