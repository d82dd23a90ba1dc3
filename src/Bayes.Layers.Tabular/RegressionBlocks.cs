using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Predicts rows of a table in blocks. The draws of a block are the same functions whenever it is predicted.</summary>
internal sealed class RegressionBlocks
{
    // Numbers of kept draws of a block.
    private const long NumbersOfBlock = 1 << 24;

    private readonly TabularNetworks _networks;
    private readonly RegressionTask _task;
    private readonly Table _rows;
    private readonly EncodedRows _encoded;
    private readonly int _size;

    public RegressionBlocks(TabularNetworks networks, RegressionTask task, Table rows)
    {
        (_networks, _task, _rows, _encoded) = (networks, task, rows, networks.Encoding.Encode(rows));
        _size = (int)Math.Max(1, NumbersOfBlock / ((long)networks.Draws * task.Heads.Max(head => head.Outputs)));
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _encoded.RowCount;

    /// <summary>Gets the number of blocks.</summary>
    public int Count => (RowCount + _size - 1) / _size;

    /// <summary>Gets how the networks' target relates to the column.</summary>
    public TargetUnit Unit => _task.Unit;

    /// <summary>Gets what was unusual in the rows.</summary>
    public EncodingReport Report => _encoded.Report;

    /// <summary>Gets what messages call the target.</summary>
    public string Target => _task.Target;

    /// <summary>Returns the range of rows of a block.</summary>
    public (int First, int Count) RangeOf(int block) => (block * _size, Math.Min(_size, RowCount - block * _size));

    /// <summary>Predicts a block, with its draws.</summary>
    /// <returns>A prediction of the networks' target that the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(int block, CancellationToken cancellationToken)
    {
        var (first, count) = RangeOf(block);
        using var scope = NewDisposeScope();
        int features = _encoded.FeatureCount;
        var input = tensor(_encoded.Values[(first * features)..((first + count) * features)], [count, features]);
        using var predictor = new MonteCarloPredictive(_networks.Ensemble, _task.Likelihood, _networks.Draws, _networks.Seed);
        var ofNetworks = predictor.Predict(input, keepSamples: true, cancellationToken: cancellationToken);
        var rows = Count == 1 ? _rows : _rows.Rows([.. Enumerable.Range(first, count)]);
        var (outputs, likelihood) = _task.ForRows(ofNetworks.Samples, rows);
        return ReferenceEquals(outputs, ofNetworks.Samples) && ReferenceEquals(likelihood, ofNetworks.Likelihood)
            ? ofNetworks.MoveToOuterDisposeScope()
            : Predictive.OfSamples(outputs, likelihood).MoveToOuterDisposeScope();
    }
}
