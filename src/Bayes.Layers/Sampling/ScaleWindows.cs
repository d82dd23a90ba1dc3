namespace Bayes.Layers.Sampling;

/// <summary>
/// Adapts the scale of each weight in windows of the warm-up: the variances of a window's draws are the inverse masses from its end on. Windows
/// double in length, so that the last one, from the chain's later part, has half of the draws; before and after them the step size alone is adapted
/// (as in Stan's reference manual, "HMC algorithm parameters", with the variances of Welford 1962).
/// </summary>
internal sealed class ScaleWindows
{
    private const int FirstPart = 75, LastPart = 50, FirstWindow = 25, LeastWarmUp = 20;
    // The prior numbers with which the variances of a window are shrunk.
    private const double ShrinkageCount = 5, ShrinkageVariance = 1e-3;

    private readonly HashSet<int> _ends = [];
    private readonly int _from;
    private readonly int _to;
    private readonly double[] _means;
    private readonly double[] _squares;
    private int _count;

    /// <summary>Plans the windows.</summary>
    /// <param name="warmUp">The number of iterations of the warm-up.</param>
    /// <param name="length">The number of weights.</param>
    public ScaleWindows(int warmUp, int length)
    {
        (_means, _squares) = (new double[length], new double[length]);
        if (warmUp < LeastWarmUp)
            return;
        bool isLong = warmUp >= FirstPart + FirstWindow + LastPart;
        _from = isLong ? FirstPart : (int)(0.15 * warmUp);
        _to = warmUp - (isLong ? LastPart : (int)(0.1 * warmUp));
        int window = isLong ? FirstWindow : _to - _from;
        for (int end = _from + window; ; end += window)
        {
            window *= 2;
            // The last window takes what is left if another one would not fit.
            if (end + window > _to)
            {
                _ends.Add(_to);
                return;
            }
            _ends.Add(end);
        }
    }

    /// <summary>Takes the weights after an iteration.</summary>
    /// <param name="iteration">Zero-based index of the iteration.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="inverseMasses">Receives new inverse masses at the end of a window; those that are 0 stay 0.</param>
    /// <returns>Whether a window ended.</returns>
    public bool Add(int iteration, ReadOnlySpan<double> weights, Span<double> inverseMasses)
    {
        if (iteration < _from || iteration >= _to)
            return false;
        _count++;
        for (int i = 0; i < weights.Length; i++)
        {
            double difference = weights[i] - _means[i];
            _means[i] += difference / _count;
            _squares[i] += difference * (weights[i] - _means[i]);
        }
        if (!_ends.Contains(iteration + 1))
            return false;
        if (_count > 1)
            for (int i = 0; i < weights.Length; i++)
                if (inverseMasses[i] > 0)
                    inverseMasses[i] =
                        (_squares[i] / (_count - 1) * _count + ShrinkageVariance * ShrinkageCount) / (_count + ShrinkageCount);
        _count = 0;
        Array.Clear(_means);
        Array.Clear(_squares);
        return true;
    }
}
