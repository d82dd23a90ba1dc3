using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>Passes rows of a table through the networks in blocks. The draws of a block are the same functions whenever it is predicted.</summary>
internal sealed class NetworkBlocks
{
    // Numbers of kept draws of a block.
    private const long NumbersOfBlock = 1 << 24;

    private readonly TabularNetworks _networks;
    private readonly Likelihood _likelihood;
    private readonly Table _rows;
    private readonly EncodedRows _encoded;
    private readonly TabularDraws _draws;
    private readonly int _size;

    /// <summary>Encodes rows.</summary>
    /// <param name="networks">The networks.</param>
    /// <param name="likelihood">p(y | f) of the ensemble.</param>
    /// <param name="outputs">The number of outputs of a row.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="draws">Which functions; null for those of the model.</param>
    /// <exception cref="InvalidDataException">A column is missing, or its values are of another kind than in training.</exception>
    public NetworkBlocks(TabularNetworks networks, Likelihood likelihood, int outputs, Table rows, TabularDraws? draws = null)
    {
        (_networks, _likelihood, _rows, _encoded) = (networks, likelihood, rows, networks.Encoding.Encode(rows));
        _draws = draws ?? new TabularDraws(networks.Draws, networks.Seed);
        _size = (int)Math.Max(1, NumbersOfBlock / ((long)_draws.Count * outputs));
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _encoded.RowCount;

    /// <summary>Gets the number of blocks.</summary>
    public int Count => (RowCount + _size - 1) / _size;

    /// <summary>Gets what was unusual in the rows.</summary>
    public EncodingReport Report => _encoded.Report;

    /// <summary>Returns the range of rows of a block.</summary>
    public (int First, int Count) RangeOf(int block) => (block * _size, Math.Min(_size, RowCount - block * _size));

    /// <summary>Returns the rows of a block.</summary>
    public Table RowsOf(int block)
    {
        var (first, count) = RangeOf(block);
        return Count == 1 ? _rows : _rows.Rows([.. Enumerable.Range(first, count)]);
    }

    /// <summary>Predicts a block, with its draws.</summary>
    /// <returns>A prediction of the networks' target that the caller disposes.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Predictive Predict(int block, CancellationToken cancellationToken)
    {
        var (first, count) = RangeOf(block);
        using var scope = NewDisposeScope();
        int features = _encoded.FeatureCount;
        var input = tensor(_encoded.Values[(first * features)..((first + count) * features)], [count, features]);
        return _networks.PredictorOf(_likelihood, _draws).Predict(input, keepSamples: true, cancellationToken: cancellationToken)
            .MoveToOuterDisposeScope();
    }
}
