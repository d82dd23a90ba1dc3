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
    private long _batchSize;
    private bool _isUniform;

    /// <summary>Refuses a data set whose size is known and is not N.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public static void RequireSame(long examples, long datasetSize, string source, string parameter)
    {
        if (examples != datasetSize)
            throw new ArgumentException($"{source} {examples} rows {Expected(datasetSize)}", parameter);
    }

    /// <summary>Starts to count an epoch.</summary>
    public void Begin() => (_examples, _batchSize, _isUniform) = (0, 0, true);

    /// <summary>Counts a batch.</summary>
    /// <exception cref="InvalidOperationException">The epoch has more than N examples.</exception>
    public void Add(long rows, int epoch)
    {
        _isUniform &= _batchSize == 0 || rows == _batchSize;
        _batchSize = Math.Max(_batchSize, rows);
        _examples += rows;
        if (isChecked && _examples > datasetSize)
            throw new InvalidOperationException($"Epoch {epoch} has at least {_examples} rows {Expected(datasetSize)}");
    }

    /// <summary>Ends an epoch in which every batch was given.</summary>
    /// <exception cref="InvalidOperationException">The epoch has fewer than N examples.</exception>
    public void End(int epoch)
    {
        if (!isChecked || _examples == datasetSize || mayDropLastBatch && _isUniform && datasetSize - _examples < _batchSize)
            return;
        throw new InvalidOperationException($"Epoch {epoch} has {_examples} rows {Expected(datasetSize)}");
    }

    private static string Expected(long datasetSize) =>
        $"and the loss is for {datasetSize} training examples, its DatasetSize; expected as many, or the KL divergence would have the wrong weight "
        + "(set EpochCoversDataset to false if an epoch is meant to have another number).";
}
