using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A layer of a bilinear map, a posterior and a prior: the map combines an input with a weight, the posterior says what is believed of the weight,
/// and the prior what was believed before. The estimator decides how a pass integrates over the posterior, so a new kind of layer is a new map.
/// </summary>
/// <remarks>
/// Parameters, in PyTorch's layout: <c>weight_mu</c> and <c>weight_log_var</c> <c>[out, in, …]</c>, and with a bias <c>bias_mu</c> and
/// <c>bias_log_var</c> <c>[out]</c>. sigma = exp(log_var / 2). Another family of posteriors than the default adds others, such as
/// <c>weight_factor</c>. The layer owns its parameters, and disposing it frees them. A parameter that is set becomes the layer's; the old one is
/// freed, unless another layer shares it.
/// </remarks>
public abstract class BayesianLayer : BayesianModule
{
    private const string Weight = "weight";
    private const string Bias = "bias";

    private readonly BilinearMap _map;
    private readonly string[] _weightNames;
    private readonly string[] _biasNames;

    /// <summary>Creates a layer with a map.</summary>
    /// <param name="name">The type's name.</param>
    /// <param name="map">The function of an input and a weight.</param>
    /// <param name="hasBias">Whether a bias is added.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, if it is not that of the weight.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <exception cref="ArgumentException">The device is not available, or the type is not floating-point.</exception>
    protected BayesianLayer(
        string name, BilinearMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device,
        ScalarType? dtype)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(map);
        _map = map;
        var elementType = Require.FloatingPoint(dtype ?? get_default_dtype(), nameof(dtype));
        var ownDevice = Require.Available(device ?? get_default_device(), nameof(device));

        initializer ??= new FanInInitializer(gain: 1);
        Family = initializer.Family;
        _weightNames = Names(Weight, map.WeightShape);
        _biasNames = hasBias ? Names(Bias, map.BiasShape) : [];
        prior ??= NormalPrior.Standard;
        try
        {
            InitialLogStddev = Start(Weight, _weightNames, map.WeightShape);
            if (hasBias)
                Start(Bias, _biasNames, map.BiasShape);
            WeightPrior = Own(prior, "weight_prior", map.WeightShape);
            BiasPrior = hasBias ? Own(biasPrior ?? prior, "bias_prior", map.BiasShape) : null;
            this.to(ownDevice);
        }
        catch
        {
            // Frees the parameters that were made.
            Dispose();
            throw;
        }

        Prior Own(Prior given, string name, IReadOnlyList<long> shape)
        {
            given.RequireFits(elementType);
            var own = given.For(shape, elementType);
            if (own.Parameters is { } parameters)
                register_module(name, parameters);
            return own;
        }

        string[] Names(string variable, IReadOnlyList<long> shape) =>
            [.. Family.ParametersOf([.. shape]).Select(each => $"{variable}_{each.Name}")];

        // Returns the mean of log sigma.
        double Start(string variable, string[] names, IReadOnlyList<long> shape)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var values = initializer.Start(variable, isWeight: variable == Weight, [.. shape], map.FanIn, elementType);
            double logStddev = Family.Of(values).Marginals().LogVariance.to(ScalarType.Float64).mean().ReadDouble() / 2;
            // Last, as a parameter takes over the handle of its tensor.
            foreach (var (own, value) in names.Zip(values))
                register_parameter(own, AsParameter(value).Used());
            return logStddev;
        }
    }

    /// <summary>Gets the family of the posteriors.</summary>
    internal PosteriorFamily Family { get; }

    /// <summary>Gets the names of the posteriors' parameters, those of the bias last.</summary>
    internal IEnumerable<string> ParameterNames => _weightNames.Concat(_biasNames);

    /// <summary>Gets the mean of log sigma over the weight at the start, for diagnostics of what training has changed.</summary>
    internal double InitialLogStddev { get; }

    /// <summary>Gets the prior of the weight.</summary>
    public Prior WeightPrior { get; }

    /// <summary>Gets the prior of the bias, or null without a bias.</summary>
    public Prior? BiasPrior { get; }

    /// <summary>Gets whether a bias is added.</summary>
    public bool HasBias => _biasNames.Length > 0;

    /// <summary>Gets or sets the posterior mean of the weight, <c>[out, in, …]</c>.</summary>
    public Parameter weight_mu { get => Get()!; set => Set(value); }

    /// <summary>Gets or sets log sigma² of the weight's independent noise, <c>[out, in, …]</c>.</summary>
    /// <exception cref="InvalidOperationException">The posterior is of a family without this parameter.</exception>
    public Parameter weight_log_var
    {
        get => Get() ?? throw new InvalidOperationException(
            $"{GetName()} has no weight_log_var: its posterior is {Family}, of the parameters {string.Join(", ", _weightNames)}; "
            + "read WeightPosterior.");
        set => Set(value);
    }

    /// <summary>Gets or sets the posterior mean of the bias, <c>[out]</c>; null without a bias.</summary>
    public Parameter? bias_mu { get => Get(); set => Set(value); }

    /// <summary>Gets or sets log sigma² of the bias's independent noise, <c>[out]</c>; null without a bias.</summary>
    public Parameter? bias_log_var { get => Get(); set => Set(value); }

    /// <summary>Gets the posterior of the weight, a view of the current parameters.</summary>
    public WeightPosterior WeightPosterior => View(_weightNames);

    /// <summary>Gets the posterior of the bias, a view of the current parameters; null without a bias.</summary>
    public WeightPosterior? BiasPosterior => HasBias ? View(_biasNames) : null;

    /// <inheritdoc/>
    public sealed override Tensor Propagate(Tensor input, Pass pass)
    {
        using var scope = NewDisposeScope();
        return PropagateInAnyLayout(input, pass).AsContiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal sealed override Tensor PropagateInAnyLayout(Tensor input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        RequireListed(pass);
        CheckInput(input);
        return pass.Estimate(_map, input, WeightPosterior, BiasPosterior);
    }

    /// <inheritdoc/>
    protected internal sealed override Moments PropagateMoments(Moments input, Pass pass)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(pass);
        RequireListed(pass);
        CheckInput(input.Mean);
        return pass.EstimateMoments(_map, input, WeightPosterior, BiasPosterior);
    }

    /// <summary>
    /// Returns the layer as a function of its input, for use in <see cref="BayesianModule.Propagate"/> of a module that calls it many times in a
    /// pass, such as a recurrent one. All calls use the same weights, as those of <see cref="Propagate"/> do, but the weights are looked up once,
    /// and the estimator knows in advance that there are several uses.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <returns>
    /// A function from <c>[1|S, B, …]</c> to <c>[1|S, B, …]</c>, with the same rows in every call. The weights live as long as the pass.
    /// </returns>
    public Func<Tensor, Tensor> Fix(Pass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        RequireListed(pass);
        var apply = pass.Fix(_map, WeightPosterior, BiasPosterior);
        return input =>
        {
            ArgumentNullException.ThrowIfNull(input);
            CheckInput(input);
            return apply(input);
        };
    }

    /// <inheritdoc cref="Pass.TryDraw"/>
    internal DrawnWeights? TryDraw(Pass pass)
    {
        RequireListed(pass);
        return pass.TryDraw(WeightPosterior, BiasPosterior);
    }

    /// <summary>Refuses an input <c>[1|S, B, …]</c> that does not fit the map or the weights.</summary>
    internal void CheckInput(Tensor input)
    {
        _map.CheckInput(input.shape.AsSpan(1));
        var weight = weight_mu;
        var expected = _map.InputType(weight.dtype);
        if (input.dtype != expected)
            throw new ArgumentException(
                expected == weight.dtype
                    ? $"The input is of type {input.dtype} and {GetName()}'s weights of {weight.dtype}; convert one with .to(...)."
                    : $"The input is of type {input.dtype}; {GetName()} expected {expected}.", nameof(input));
        if (input.device_type != weight.device_type || input.device_index != weight.device_index)
            throw new ArgumentException(
                $"The input is on {input.device} and {GetName()}'s weights on {weight.device}; move one with .to(...).", nameof(input));
    }

    /// <inheritdoc/>
    protected internal sealed override bool IsSingleExample(ReadOnlySpan<long> shape) => _map.IsSingleExample(shape);

    /// <inheritdoc/>
    internal sealed override IEnumerable<WeightVariable> OwnVariables
    {
        get
        {
            yield return new(Weight, WeightPosterior, WeightPrior, values => Set(_weightNames, values))
            {
                UsesRows = _map.UsesRows,
                InitialLogStddev = InitialLogStddev,
            };
            if (BiasPosterior is { } bias)
                yield return new(Bias, bias, BiasPrior!, values => Set(_biasNames, values)) { UsesRows = _map.UsesRows };
        }
    }

    /// <inheritdoc/>
    internal sealed override string DescribeBeliefs() =>
        $"{Family}, prior {WeightPrior.Settings}{(BiasPrior is { } bias ? $", prior of the bias {bias.Settings}" : "")}";

    private WeightPosterior View(string[] names)
    {
        var parameters = new Tensor[names.Length];
        for (int i = 0; i < names.Length; i++)
            parameters[i] = get_parameter(names[i])!;
        return Family.Of(parameters);
    }

    private static Parameter AsParameter(Tensor value) => (value as Parameter ?? new Parameter(value)).Owned();

    private Parameter? Get([System.Runtime.CompilerServices.CallerMemberName] string name = "") => get_parameter(name);

    // TorchSharp's .to() sets the property of the parameter's name, which has to register the moved parameter.
    private void Set(Parameter? value, [System.Runtime.CompilerServices.CallerMemberName] string name = "") => Set(name, value);

    private void Set(string[] names, IEnumerable<Parameter> values)
    {
        foreach (var (name, value) in names.Zip(values))
            Set(name, value);
    }

    /// <summary>Sets a parameter by its name. It becomes the layer's; the old one is freed, unless another layer shares it.</summary>
    internal void Set(string name, Parameter? value)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        var previous = get_parameter(name)
            ?? throw new InvalidOperationException(
                $"{GetName()} has no {name}: it was made "
                + (!HasBias && name.StartsWith(Bias, StringComparison.Ordinal) ? "without a bias." : $"with the posterior {Family}."));
        if (ReferenceEquals(previous, value))
            return;
        // Another layer that shared the old parameter may have been disposed, which freed it.
        if (!previous.IsInvalid && !previous.shape.AsSpan().SequenceEqual(value.shape))
            throw new ArgumentException($"{name} has shape {Shapes.Describe(value.shape)}; expected {Shapes.Describe(previous.shape)}.", name);
        ConditionallyRegisterParameter(name, value.Owned().Used());
        SharedParameters.Release(previous);
    }

    // If a layer that shares a parameter was moved before, takes its moved one: moving it again would make two.
    /// <inheritdoc/>
    protected override void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
    {
        (string Name, Parameter Value)[] before = [.. ParameterNames.Where(has_parameter).Select(name => (name, Get(name)!))];
        foreach (var (name, value) in before)
            if (SharedParameters.FindMoved(value) is { } moved && IsAtTarget(moved))
                Set(moved, name);
        base._toEpilog(dtype, device, non_blocking);
        foreach (var (name, value) in before)
            if (Get(name) is { } now && !ReferenceEquals(now, value))
            {
                // TorchSharp registered the parameters without a property.
                SharedParameters.UseNew(now);
                SharedParameters.Follow(value, now);
            }

        bool IsAtTarget(Parameter moved) =>
            (dtype is null || moved.dtype == dtype) && (device is null || moved.device_type == device.type && moved.device_index == device.index);
    }
}
