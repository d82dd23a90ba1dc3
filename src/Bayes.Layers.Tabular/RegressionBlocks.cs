using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Predicts the target of rows of a table in blocks.</summary>
internal sealed class RegressionBlocks(TabularNetworks networks, RegressionTask task, Table rows, TabularDraws? draws)
{
    private readonly NetworkBlocks _blocks = new(networks, task.Likelihood, task.Heads.Max(head => head.Outputs), rows, draws);

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _blocks.RowCount;

    /// <summary>Gets the number of blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>Gets how the networks' target relates to the column.</summary>
    public TargetUnit Unit => task.Unit;

    /// <summary>Gets what was unusual in the rows.</summary>
    public EncodingReport Report => _blocks.Report;

    /// <summary>Gets what messages call the target.</summary>
    public string Target => task.Target;

    /// <summary>Returns the range of rows of a block.</summary>
    public (int First, int Count) RangeOf(int block) => _blocks.RangeOf(block);

    /// <summary>Predicts a block, with its draws.</summary>
    /// <returns>A prediction of the networks' target that the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(int block, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var ofNetworks = _blocks.Predict(block, cancellationToken);
        var (outputs, likelihood) = task.ForRows(ofNetworks.Samples, _blocks.RowsOf(block));
        return ReferenceEquals(outputs, ofNetworks.Samples) && ReferenceEquals(likelihood, ofNetworks.Likelihood)
            ? ofNetworks.MoveToOuterDisposeScope()
            : Predictive.OfSamples(outputs, likelihood).MoveToOuterDisposeScope();
    }
}
