using System.Runtime.CompilerServices;
using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using Bayes.Layers.Networks;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Any network as it is, with a posterior over its parameters: the network's type, its forward and its names stay the same. Each draw puts weights
/// into the network's parameters and runs its forward; afterwards the parameters are the posterior's means again, to the bit.
/// <c>NetworkConversion.ToBayesian</c> makes it.
/// </summary>
/// <remarks>
/// <para>Keys of <c>state_dict</c>: the network's own begin with <c>network.</c>, and its parameters are the posterior's means;
/// <c>posterior.….weight_log_var</c> is log sigma² of <c>network.….weight</c>. Owns the network, and disposes it.</para>
/// <para>Noise is named by the path in the network (<c>0.weight_mu</c>), so draws equal those of a network of Bayesian layers with the same
/// paths.</para>
/// <para>Passes need an estimator that draws weights: <see cref="Reparameterization"/>, <see cref="PosteriorDraws"/> or
/// <see cref="PosteriorMean"/>. If only the last layer is random, all estimators work. Draws run one after the other, on the calling thread; passes
/// on several threads wait for each other, unless <c>BayesianConversion.Copy</c> makes an instance of the network for each. Batch normalization in
/// training mode sees the batch of each draw alone.</para>
/// <para>Parameters that TorchSharp's native code reads (embedding, recurrent, attention and transformer modules) carry no gradient to a drawn
/// weight in a loop of your own around <c>Sample</c> and <c>backward</c>: train with <c>VariationalTrainer</c> or <c>VariationalStep</c>.</para>
/// </remarks>
public sealed class WeightSpaceModule : BayesianModule, IStreamNames
{
    internal const string NetworkName = "network", PosteriorName = "posterior";

    // Two models of one network must not put weights into it at the same time.
    private static readonly ConditionalWeakTable<nn.Module, Lock> Gates = [];

    // A field of a module's type would be registered a second time, under its own name, when this module becomes the child of another.
    private readonly StrongBox<nn.Module> _network;
    private readonly NetworkVariable[] _variables;
    private readonly LastLayer? _last;
    private readonly NetworkInstances? _instances;
    private readonly Lock _gate;
    private NetworkParameter[] _bound;
    private LastLayerUse? _useOfLast;
    private bool? _exchanges;
    private bool _hasGradient;

    /// <summary>Creates a model of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="starts">How the posteriors start, of at least one parameter.</param>
    /// <param name="last">The last layer, if it alone is random and has a map.</param>
    /// <param name="copy">Makes another instance of the network, or null.</param>
    /// <param name="output">Zero-based index of the output that is predicted; null for all.</param>
    internal WeightSpaceModule(nn.Module network, IEnumerable<NetworkStart> starts, LastLayer? last, Func<nn.Module>? copy, int? output)
        : base(nameof(WeightSpaceModule))
    {
        NetworkCall.Require(network, output);
        OutputIndex = output;
        NetworkInstances.Own(network);
        _network = new(network);
        _last = last;
        _gate = GateOf(network);
        var root = new PosteriorNode();
        _variables = [.. starts.Select(start => new NetworkVariable(start, root))];
        _instances = copy is null ? null : new NetworkInstances(network, copy, RandomParameters, _gate);
        register_module(NetworkName, network);
        register_module(PosteriorName, root);
        _bound = Read();
        train(network.training);
    }

    /// <summary>Returns the lock of passes that put weights into a network.</summary>
    internal static Lock GateOf(nn.Module network) => Gates.GetOrCreateValue(network);

    /// <summary>Gets the network. Its parameters are the posterior's means. It stays part of this module.</summary>
    public nn.Module Network => _network.Value!;

    /// <summary>Gets the paths of the parameters that have a posterior, as in the network's <c>state_dict</c>.</summary>
    public IReadOnlyList<string> RandomParameters => [.. _variables.Select(variable => variable.Name)];

    /// <summary>Gets the path of the layer if the last layer alone is random; otherwise null.</summary>
    public string? LastLayerPath => _last?.Path;

    /// <summary>
    /// Gets the zero-based index of the output that is predicted, if the network returns a tuple; null for all, whose numbers for a row follow each
    /// other, <c>[B, Σ]</c>.
    /// </summary>
    public int? OutputIndex { get; }

    /// <inheritdoc/>
    internal override string? Caution => GivenCaution;

    /// <summary>Gets or sets what a reader of every prediction should know, as a sentence; null by default.</summary>
    internal string? GivenCaution { get; set; }

    /// <summary>Gets the variables.</summary>
    internal IReadOnlyList<NetworkVariable> NetworkVariables => _variables;

    /// <inheritdoc/>
    internal override bool AllowsThreads => _instances is not null && NeedsDrawnWeights;

    /// <inheritdoc/>
    internal override Lock Gate => _gate;

    /// <inheritdoc/>
    internal override bool NeedsDrawnWeights => _last is null || _useOfLast == LastLayerUse.NeedsOneDraw;

    /// <inheritdoc/>
    IEnumerable<(string Name, Tensor Parameter)> IStreamNames.StreamNames
    {
        get
        {
            lock (_gate)
                return [.. from each in _variables.Zip(Current())
                    let posterior = each.First.Posterior(each.Second.Value)
                    from parameter in posterior.Parameters
                    select ($"{each.First.Name}_{parameter.Name}", parameter.Value)];
        }
    }

    /// <inheritdoc/>
    internal override IEnumerable<WeightVariable> OwnVariables
    {
        get
        {
            lock (_gate)
            {
                // A parameter may have been replaced in the network.
                _bound = Read();
                return [.. _variables.Zip(_bound, (variable, parameter) => new WeightVariable(
                    variable.Name, variable.Posterior(parameter.Value), variable.Prior, NotReplaced)
                    {
                        IsBias = variable.IsBias,
                        InitialLogStddev = variable.InitialLogStddev,
                    })];
            }
        }
    }

    /// <summary>Returns the posterior of a random parameter.</summary>
    /// <param name="path">Its path, one of <see cref="RandomParameters"/>.</param>
    /// <returns>The posterior, which reads the model's own tensors.</returns>
    /// <exception cref="ArgumentException">The parameter is not random, or there is none.</exception>
    public WeightPosterior PosteriorOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        lock (_gate)
            foreach (var (variable, parameter) in _variables.Zip(Current()))
                if (variable.Name == path)
                    return variable.Posterior(parameter.Value);
        throw new ArgumentException(
            $"'{path}' has no posterior; expected one of {string.Join(", ", RandomParameters.Select(each => $"'{each}'"))}.", nameof(path));
    }

    /// <summary>
    /// Returns the weights of drawn functions by their paths in the network's <c>state_dict</c>, for programs that compute the network themselves.
    /// A parameter of several modules is listed under each.
    /// </summary>
    /// <param name="draws">The draws, bound to this module or to a model that has it inside (<see cref="PosteriorDraws.Bind"/>).</param>
    /// <returns>
    /// <c>[S, …shape]</c> for each random parameter. They are those of the draws, or belong to the caller's dispose scope.
    /// </returns>
    /// <exception cref="InvalidOperationException">The draws are of another model.</exception>
    public IReadOnlyDictionary<string, Tensor> DrawWeights(PosteriorDraws draws)
    {
        ArgumentNullException.ThrowIfNull(draws);
        using var noGrad = no_grad();
        lock (_gate)
        {
            var drawn = _variables.Zip(Current(), (variable, parameter) => (
                Identity: ParameterIdentity.Of(parameter.Value), Weights: variable.Fixed(draws.Weights(variable.Posterior(parameter.Value)))))
                .ToDictionary(each => each.Identity, each => each.Weights);
            // Module by module: named_parameters of the whole leaves out the further names of a parameter.
            return (
                from each in Network.named_modules().Prepend((name: "", module: Network))
                from own in each.module.named_parameters(recurse: false)
                let identity = ParameterIdentity.Of(own.parameter)
                where drawn.ContainsKey(identity)
                select (Path: each.name.Length == 0 ? own.name : $"{each.name}.{own.name}", Weights: drawn[identity]))
                .ToDictionary(each => each.Path, each => each.Weights);
        }
    }

    /// <inheritdoc/>
    public override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return PropagateInAnyLayout(input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal override Tensor PropagateInAnyLayout(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PropagateInputs([input], pass);
    }

    /// <summary>Passes as many inputs as the network takes.</summary>
    /// <inheritdoc/>
    internal override Tensor PropagateInputs(IReadOnlyList<Tensor> inputs, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        RequireListed(pass);
        using var scope = NewDisposeScope();
        Tensor[] contiguous = [.. inputs.Select(input => input.AsContiguous())];
        // Only a pass with an instance of its own does not wait for others.
        if (AllowsThreads && !training && !is_grad_enabled() && pass.Probe is null)
            return ThroughDraws(contiguous, pass).MoveToOuterDisposeScope();
        lock (_gate)
            return (pass.Probe is null ? Through(contiguous, pass)
                : NetworkProbe.Of(Network, contiguous, pass, values => Through(values, pass))).MoveToOuterDisposeScope();
    }

    /// <summary>Runs the network with given weights, and backpropagates a loss of its output to them while they are in place.</summary>
    /// <param name="inputs"><c>[B, …]</c> each.</param>
    /// <param name="weights">The weights of each variable: leaves that require a gradient.</param>
    /// <param name="loss">Returns the loss of the output <c>[B, …]</c>.</param>
    /// <returns>The loss, and its gradient of each weight, which is null if the output does not depend on it.</returns>
    internal (Tensor Loss, Tensor?[] Gradients) Differentiate(IReadOnlyList<Tensor> inputs, Tensor[] weights, Func<Tensor, Tensor> loss)
    {
        using var scope = NewDisposeScope();
        lock (_gate)
        {
            bool exchanges = Exchanges([.. inputs.Select(input => input.narrow(0, 0, 1))]);
            var parameters = Current();
            // Gradients of parameters that native code reads arrive at the parameters.
            bool IsExchanged(NetworkParameter each) => exchanges && each.IsReadByObject;
            Tensor result;
            // Also if the mean itself is frozen.
            NetworkParameter[] frozen = [.. parameters.Where(each => !IsExchanged(each) && !each.Value.requires_grad)];
            try
            {
                foreach (var each in frozen)
                    each.Value.requires_grad = true;
                using (WeightSubstitution.Put(parameters, weights, IsExchanged))
                {
                    result = loss(Call(Network, [.. inputs.Select(input => input.clone())]));
                    result.backward();
                }
            }
            finally
            {
                foreach (var each in frozen)
                    each.Value.requires_grad = false;
            }
            var gradients = new Tensor?[weights.Length];
            for (int i = 0; i < weights.Length; i++)
            {
                var source = IsExchanged(parameters[i]) ? weights[i] : parameters[i].Value;
                gradients[i] = source.grad?.MoveToOuterDisposeScope();
                source.grad = null;
            }
            return (result.MoveToOuterDisposeScope(), gradients);
        }
    }

    /// <inheritdoc/>
    internal override Func<NetworkInput, PosteriorDraws, Tensor> LinearPass => PropagateLinearised;

    /// <summary>Splits off what comes before the last layer, if that layer alone is random and the network ends in it.</summary>
    /// <inheritdoc/>
    protected internal override DeterministicFront? SplitFront() => _useOfLast != LastLayerUse.EndsNetwork ? null
        : new DeterministicFront(Features, (features, pass) => _last!.Estimate(features, pass, PosteriorOfLast()));

    /// <inheritdoc/>
    internal override void Examine(NetworkInput input) => Examine(input.Tensors);

    /// <inheritdoc/>
    internal override IEnumerable<(string name, nn.Module module)> DescribedChildren => [(NetworkName, Network)];

    /// <inheritdoc/>
    internal override string DescribeBeliefs() =>
        string.Join("; ", _variables.Select(variable => $"{variable.Name}: {variable.Family}, prior {variable.Prior.Settings}"));

    /// <summary>Returns the network itself for the means, or another instance with the weights of a draw.</summary>
    /// <inheritdoc/>
    internal override nn.Module PlainNetwork(Func<WeightPosterior, Tensor> weight, bool isMean)
    {
        if (isMean)
            return Network;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var plain = _instances?.Make() ?? throw new InvalidOperationException(
            $"A draw of a {Network.GetType().Name} needs a network of its own; expected {nameof(WeightSpaceModule)} to have been made with a "
            + "function that makes another instance (BayesianConversion.Copy).");
        var copies = NetworkParameter.Of(plain).ToDictionary(each => each.Name);
        lock (_gate)
            foreach (var (variable, parameter) in _variables.Zip(Current()))
                copies[variable.Name].Value.copy_(variable.Fixed(weight(variable.Posterior(parameter.Value)).unsqueeze(0)).squeeze(0));
        return plain;
    }

    /// <summary>Frees the module, with its network and the further instances.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _instances?.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected internal override string Describe()
    {
        string random;
        lock (_gate)
            random = $"{_variables.Length} of {NetworkParameter.Of(Network).Count} parameters are random, "
                + FormattableString.Invariant($"{Current().Sum(parameter => parameter.Value.numel())} weights");
        return _last is null ? $"weight space, {random}" : $"weight space, last layer '{_last.Path}', {random}";
    }

    private Tensor PropagateLinearised(NetworkInput input, PosteriorDraws draws)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        lock (_gate)
        {
            Tensor[] row = [.. input.Tensors.Select(tensor => tensor.narrow(0, 0, 1))];
            bool exchanges = Exchanges(row);
            var parameters = Current();
            var linearised = new LinearisedNetwork(Network, parameters, each => exchanges && each.IsReadByObject);
            if (!_hasGradient)
                linearised.RequireGradient(() => Call(Network, Array.ConvertAll(row, each => each.clone())));
            _hasGradient = true;
            Tensor[] weights = [.. _variables.Zip(parameters, (variable, parameter) =>
                variable.Fixed(draws.Weights(variable.Posterior(parameter.Value))))];
            return linearised.Of(() => Call(Network, [.. input.Clone().Tensors]), weights).MoveToOuterDisposeScope();
        }
    }

    private Tensor Through(Tensor[] inputs, Pass pass)
    {
        if (_last is not null)
        {
            Examine([.. inputs.Select(input => input[0])]);
            if (_useOfLast != LastLayerUse.NeedsOneDraw)
                return _last.Propagate(Network, inputs, pass, PosteriorOfLast());
        }
        return ThroughDraws(inputs, pass);
    }

    private Tensor ThroughDraws(Tensor[] inputs, Pass pass)
    {
        Tensor[] drawn;
        bool exchanges;
        lock (_gate)
        {
            Tensor[] row = Array.ConvertAll(inputs, input => input[0].narrow(0, 0, 1));
            if (DrawAll(pass, row) is not { } weights)
                return Call(Network, Rows(inputs, 0)).unsqueeze(0);
            (drawn, exchanges) = (weights, Exchanges(row));
            if (!AllowsThreads || training || is_grad_enabled())
                return Run(Network, Current());
        }
        return _instances!.Use(Run);

        Tensor Run(nn.Module network, NetworkParameter[] parameters)
        {
            var outputs = new Tensor[pass.Samples];
            for (int draw = 0; draw < outputs.Length; draw++)
            {
                using var put = WeightSubstitution.Put(
                    parameters, Array.ConvertAll(drawn, weights => weights.select(0, draw)), each => exchanges && each.IsReadByObject);
                outputs[draw] = Call(network, Rows(inputs, draw));
            }
            return outputs.Length == 1 ? outputs[0].unsqueeze(0) : stack(outputs, 0);
        }
    }

    // Returns null if every draw is the mean. The trial comes before most of the weights are drawn, since it needs as much memory.
    private Tensor[]? DrawAll(Pass pass, Tensor[] row)
    {
        var parameters = Current();
        var drawn = new Tensor[parameters.Length];
        for (int i = 0; i < drawn.Length; i++)
        {
            if (Draw(i, parameters[i], pass) is not { } weights)
                return null;
            drawn[i] = weights;
            Exchanges(row);
        }
        return drawn;
    }

    private Tensor? Draw(int variable, NetworkParameter parameter, Pass pass)
    {
        try
        {
            var weights = pass.Estimator.DrawWeights(pass, _variables[variable].Posterior(parameter.Value));
            return weights is null ? null : _variables[variable].Fixed(weights);
        }
        catch (NotSupportedException exception)
        {
            throw new InvalidOperationException($"'{_variables[variable].Name}' cannot be integrated over: {exception.Message}", exception);
        }
    }

    private Tensor Features(IReadOnlyList<Tensor> inputs, Pass pass)
    {
        lock (_gate)
            return _last!.Features(Network, inputs, pass);
    }

    private Tensor Call(nn.Module network, Tensor[] rows) =>
        NetworkCall.RequireRows(network, NetworkCall.Of(network, rows, OutputIndex), rows[0].shape[0]);

    // A copy if there are several draws: a network that works in place would change the input of the next one.
    private static Tensor[] Rows(Tensor[] inputs, int draw) =>
        Array.ConvertAll(inputs, input => input.shape[0] == 1 ? input[0].clone() : input[draw].clone());

    private (WeightPosterior Weight, WeightPosterior? Bias) PosteriorOfLast()
    {
        var parameters = Current();
        return (_variables[0].Posterior(parameters[0].Value), _variables.Length > 1 ? _variables[1].Posterior(parameters[1].Value) : null);
    }

    private void Examine(IReadOnlyList<Tensor> inputs)
    {
        if (_last is null || _useOfLast is not null)
            return;
        lock (_gate)
            _useOfLast ??= _last.Examine(Network, [.. inputs.Select(input => input.narrow(0, 0, 1))]);
    }

    private bool Exchanges(IReadOnlyList<Tensor> row) => _exchanges ??= NetworkTrial.Exchanges(Network, Current(), row, OutputIndex);

    /// <summary>Returns the parameters, read again if <c>.to(…)</c> has replaced them.</summary>
    private NetworkParameter[] Current() => Array.TrueForAll(_bound, parameter => !parameter.Value.IsInvalid) ? _bound : _bound = Read();

    private NetworkParameter[] Read()
    {
        var found = NetworkParameter.Of(Network).ToDictionary(parameter => parameter.Name);
        return Array.ConvertAll(_variables, variable => found.GetValueOrDefault(variable.Name) ?? throw new InvalidOperationException(
            $"The {Network.GetType().Name} no longer has the parameter '{variable.Name}', or shares it with an earlier one; "
            + "convert the network again."));
    }

    private static void NotReplaced(IEnumerable<Parameter> values) =>
        throw new NotSupportedException("The parameters of a network with a forward of its own cannot be replaced.");
}
