using Bayes.Layers.Conversion;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>One pass over the data, which adds up the curvature and what the evidence needs.</summary>
/// <remarks>Owns the curvature until a result takes it.</remarks>
internal sealed class CurvatureFit : IDisposable
{
    private readonly nn.Module _network;
    private readonly LaplaceOptions _options;
    private Curvature? _curvature;
    private bool _isTaken;
    private double _logLikelihood, _lowestTarget = double.PositiveInfinity, _highestTarget = double.NegativeInfinity;
    private long _targets;

    /// <summary>Creates a fit.</summary>
    /// <exception cref="ArgumentException">The network or an option does not fit.</exception>
    public CurvatureFit(nn.Module network, Likelihood likelihood, LaplaceOptions options)
    {
        NetworkCall.Require(network, options.Output);
        if (network.BayesianModules().FirstOrDefault() is { } bayesian)
            throw new ArgumentException(
                $"The network contains a {bayesian.GetName()}, which is already Bayesian; expected a plain network.", nameof(network));
        LastModule.RequireFits(network, likelihood);
        Settings = options.Checked();
        (_network, _options, Likelihood) = (network, options, likelihood);
    }

    /// <summary>Gets the likelihood.</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets the settings of the curvature.</summary>
    public CurvatureSettings Settings { get; }

    /// <summary>Gets the chosen layers.</summary>
    public IReadOnlyList<LayerCapture> Layers { get; private set; } = [];

    /// <summary>Gets the last layer, if it alone was chosen and has a map.</summary>
    public LastLayer? Last { get; private set; }

    /// <summary>Gets the curvature.</summary>
    public Curvature Curvature => _curvature!;

    /// <summary>Gets N.</summary>
    public long Rows { get; private set; }

    /// <summary>Gets K, the count of numbers that the network returns for a row.</summary>
    public long OutputCount { get; private set; }

    /// <summary>Gets the bytes that a row takes in a pass, about.</summary>
    public double BytesPerRow { get; private set; }

    /// <summary>Adds a batch.</summary>
    public void Add(NetworkInput input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        input.RequireBatch();
        Require.OneForEachRow(target, input.Rows);
        if (_curvature is null)
            Begin(input);
        Watch(target);
        long most = Settings.RowsOf(BytesPerRow / 2);
        for (long first = 0; first < input.Rows; first += most)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(most, input.Rows - first);
            AddBlock(input.Narrow(first, count), target.narrow(0, first, count));
        }
    }

    /// <summary>Ends the pass.</summary>
    /// <exception cref="ArgumentException">There were no rows, or one class only.</exception>
    /// <exception cref="InvalidOperationException">The curvature of a layer is zero or not finite.</exception>
    public void Complete()
    {
        if (Rows == 0)
            throw new ArgumentException("There are no rows; expected the training data.", "batches");
        if (Likelihood.IsOverClasses && _lowestTarget == _highestTarget)
            throw new ArgumentException(
                $"All targets are of one class, {_lowestTarget}; expected targets of at least two classes, without which the curvature says nothing "
                + "about what tells them apart.", "target");
        Curvature.Complete(Rows);
        int matrix = 0;
        foreach (var layer in Layers)
        {
            double sum = 0;
            foreach (var _ in layer.Matrices)
            {
                using var scope = NewDisposeScope();
                var diagonal = Curvature.Diagonal(matrix++);
                double own = diagonal.sum().ReadDouble();
                if (!double.IsFinite(own))
                    throw new InvalidOperationException(
                        $"The curvature of '{layer.Path}' is not finite; expected a network whose outputs and gradients are finite for all rows.");
                sum += own;
            }
            if (sum == 0)
                throw new InvalidOperationException(
                    $"The curvature of '{layer.Path}' is zero: the likelihood does not depend on its weights, as in a network that was never trained "
                    + "or whose units are all saturated; expected a trained network.");
        }
    }

    /// <summary>Returns what the evidence needs.</summary>
    public Evidence ToEvidence() => new(
        Likelihood, _logLikelihood, _targets, [.. Layers.SelectMany((layer, i) => layer.Matrices.Select(_ => i))],
        [.. Layers.Select(layer => (double)layer.Matrices.Sum(each => each.Count))],
        [.. Layers.Select(layer => layer.Matrices.Sum(each => each.SquaredNorm()))]);

    /// <summary>Returns a result that now owns the curvature.</summary>
    public LaplaceApproximation Result(LaplaceApproximation result)
    {
        _isTaken = true;
        return result;
    }

    /// <summary>Frees the curvature, unless a result has it.</summary>
    public void Dispose()
    {
        if (!_isTaken)
            _curvature?.Dispose();
    }

    private void AddBlock(NetworkInput rows, Tensor target)
    {
        using var pass = CapturedPass.Run(_network, rows, _options.Output, Layers);
        using var noGrad = no_grad();
        // The likelihood checks the shapes of both.
        double own = Likelihood.LogProbability(pass.Output, target).sum(ScalarType.Float64).ReadDouble();
        if (!double.IsFinite(own))
            throw new InvalidOperationException(
                $"The log-probability of the targets is {own}; expected a finite number: the network's output or an input is not finite, or the "
                + "network was trained with another likelihood.");
        try
        {
            Curvature.Add(pass, Likelihood, target, Rows);
        }
        catch (NotSupportedException exception)
        {
            throw new NotSupportedException(
                $"{Likelihood} is a likelihood without a second derivative, which a Laplace approximation needs: {exception.Message}", exception);
        }
        _logLikelihood += own;
        Rows += rows.Rows;
    }

    private void Begin(NetworkInput input)
    {
        using var scope = NewDisposeScope();
        var row = input.Narrow(0, 1);
        string? last = LastLayer.LastCalled(_network, row.Tensors, _options.Output, IsSought) ?? (IsSought(_network) ? "" : null);
        Layers = LayerCaptures.Of(_network, Chosen(last));
        WeightMatrix[] matrices = [.. Layers.SelectMany(layer => layer.Matrices)];
        RequireFits(matrices);
        Last = LastOf(matrices, last);
        using var pass = CapturedPass.Run(_network, row, _options.Output, Layers);
        OutputCount = pass.OutputCount;
        BytesPerRow = RowSize.Of(_network, row, _options.Output, pass, matrices);
        _curvature = _options.Curvature switch
        {
            CurvatureStructure.Full => new FullCurvature(matrices, Settings),
            CurvatureStructure.Diagonal => new DiagonalCurvature(matrices, Settings),
            _ => new KroneckerCurvature(matrices, Settings),
        };
    }

    private static bool IsSought(nn.Module module) =>
        module.parameters(recurse: false).Any() && !KnownModules.Is(ModuleTraits.StaysPlain, module);

    private string[] Chosen(string? last)
    {
        var all = DepthFirst.Of(_network).Where(each => IsSought(each.Module)).DistinctBy<(string Path, nn.Module Module), nn.Module>(
            each => each.Module, ReferenceEqualityComparer.Instance).Select(each => each.Path).ToArray();
        string[] chosen = _options.Paths.Count > 0
            ? [.. all.Where(path => _options.Paths.Any(pattern => BayesianConversion.Matches(pattern, path)))]
            : _options.Layers == LaplaceLayers.All ? all
            : last is null ? [] : [last];
        return chosen.Length > 0 ? chosen : throw new ArgumentException(
            _options.Paths.Count > 0
                ? $"No layer of the {_network.GetType().Name} is at {string.Join(", ", _options.Paths)}; expected some of {string.Join(", ", all)}."
                : $"The {_network.GetType().Name} has no layer with weights; expected a trained network.", nameof(LaplaceOptions.Paths));
    }

    private void RequireFits(WeightMatrix[] matrices)
    {
        double bytes = _options.Curvature switch
        {
            CurvatureStructure.Full => FullCurvature.BytesOf(matrices),
            CurvatureStructure.Kronecker => KroneckerCurvature.BytesOf(matrices),
            _ => 0,
        };
        double room = _options.Curvature == CurvatureStructure.Full ? Settings.Budget.Bytes : MemoryBudget.FromFreeMemory(1).Bytes;
        if (bytes <= room)
            return;
        long count = matrices.Sum(each => each.Count);
        string other = _options.Curvature == CurvatureStructure.Full
            ? "CurvatureStructure.Kronecker or Diagonal, fewer layers, or a larger LaplaceOptions.Budget"
            : "CurvatureStructure.Diagonal, or fewer layers";
        throw new ArgumentException(FormattableString.Invariant(
            $"A {_options.Curvature} curvature of {count:N0} weights takes {bytes:N0} bytes, and there is room for {room:N0}; expected {other}."),
            "options");
    }

    private LastLayer? LastOf(WeightMatrix[] matrices, string? last)
    {
        if (matrices is not [var only] || only.Path != last || only.IsTransposed)
            return null;
        var owner = only.Weight.Owner;
        return owner is nn.Module<Tensor, Tensor> layer && owner.parameters(recurse: false).Count() == only.Parameters.Count()
            && PlainMaps.Find(layer) is { } map ? new LastLayer(only.Path, layer, map, _options.Output) : null;
    }

    private void Watch(Tensor target)
    {
        using var scope = NewDisposeScope();
        _targets += target.numel();
        if (!Likelihood.IsOverClasses || target.numel() == 0)
            return;
        var (lowest, highest) = target.detach().aminmax();
        _lowestTarget = Math.Min(_lowestTarget, lowest.to(ScalarType.Float64).ReadDouble());
        _highestTarget = Math.Max(_highestTarget, highest.to(ScalarType.Float64).ReadDouble());
    }
}
