using System.Text;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// What the posterior of a model looks like, layer by layer: how far it is from the prior, how sure it is of its weights, and
/// whether a layer has collapsed. Plain numbers, as they were when it was made; no tensor is kept.
/// </summary>
/// <example><c>Console.WriteLine(PosteriorDiagnostics.Of(model, loss));</c></example>
public sealed class PosteriorDiagnostics
{
    private readonly double _layersKlDivergence;

    private PosteriorDiagnostics(IReadOnlyList<LayerDiagnostics> layers, double? otherKlDivergence, ElboLoss? loss, CollapseThresholds thresholds)
    {
        Layers = layers;
        Warnings = [.. layers.SelectMany(layer => PosteriorWarnings.Of(layer, thresholds)), .. PosteriorWarnings.OfStart(layers, thresholds)];
        ParameterDiagnostics[] distinct = [.. layers.SelectMany(layer => layer.Parameters).Where(parameter => parameter.SharedWith is null)];
        Count = distinct.Sum(parameter => parameter.Count);
        SignalToNoise = SignalToNoiseHistogram.Sum(distinct.Select(parameter => parameter.SignalToNoise));
        OtherKlDivergence = otherKlDivergence;
        DatasetSize = loss?.DatasetSize;
        EffectiveBeta = loss?.KlWeight * loss?.DatasetSize;
        _layersKlDivergence = distinct.Sum(parameter => parameter.KlDivergence);
    }

    /// <summary>Every Bayesian layer of the model, each once, in the order of <c>state_dict</c>; a layer used twice has its first path.</summary>
    public IReadOnlyList<LayerDiagnostics> Layers { get; }

    /// <summary>
    /// A sentence for each layer that has collapsed and for each weight or bias that is not finite, and one if every sigma is still near its start;
    /// empty for a sound model that was trained long enough.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the number of weights of the layers, biases included; shared ones count once.</summary>
    public long Count { get; }

    /// <summary>KL(q ‖ p) of the model in nats: the number of <see cref="ModuleExtensions.KlDivergence"/>, summed in double precision.</summary>
    public double KlDivergence => _layersKlDivergence + (OtherKlDivergence ?? 0);

    /// <summary>KL(q ‖ p) of the layers in nats per weight.</summary>
    public double KlPerWeight => _layersKlDivergence / Count;

    /// <summary>
    /// The part of <see cref="KlDivergence"/>, in nats, that modules other than <see cref="BayesianLayer"/> add; null where none does.
    /// </summary>
    public double? OtherKlDivergence { get; }

    /// <summary>How many weights of all layers have which |mu| / sigma, in decibels; of the finite ones.</summary>
    public SignalToNoiseHistogram SignalToNoise { get; }

    /// <summary>N, the number of training examples; null without a loss.</summary>
    public long? DatasetSize { get; }

    /// <summary>KL / N in nats per example: what the loss adds to the negative log-likelihood at beta = 1; null without a loss.</summary>
    public double? KlPerExample => KlDivergence / DatasetSize;

    /// <summary>
    /// What the loss multiplies the KL divergence with, times N: 1 is Bayes' rule, and below 1 the posterior is colder
    /// (Wenzel et al. 2020, "How Good is the Bayes Posterior in Deep Neural Networks Really?"). Null without a loss.
    /// </summary>
    public double? EffectiveBeta { get; }

    /// <summary>
    /// Reads a model's posterior, tensor by tensor on its device in double precision: beside the model there is room for a few
    /// copies of its largest tensor only. Records no gradient and changes nothing.
    /// </summary>
    /// <param name="model">Any module tree with a Bayesian layer in it, or a layer.</param>
    /// <param name="loss">The loss it is trained with, for <see cref="KlPerExample"/> and <see cref="EffectiveBeta"/>.</param>
    /// <param name="thresholds">
    /// When a layer is said to have collapsed or to be at its start; <see cref="CollapseThresholds"/> with its defaults by default.
    /// </param>
    /// <exception cref="ArgumentException">The model has no Bayesian layer.</exception>
    public static PosteriorDiagnostics Of(nn.Module model, ElboLoss? loss = null, CollapseThresholds? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var noGrad = no_grad();
        var layers = new List<LayerDiagnostics>();
        var known = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        double? other = null;
        foreach (var (name, module) in NamedModules.Of(model))
            if (module is BayesianLayer layer)
                layers.Add(LayerDiagnostics.Of(name, layer, known));
            else if (module is BayesianModule bayesian && OwnKlDivergence(bayesian) is { } own)
                other = own + (other ?? 0);
        return layers.Count > 0
            ? new PosteriorDiagnostics(layers.AsReadOnly(), other, loss, thresholds ?? new CollapseThresholds())
            : throw new ArgumentException(
                $"The model, a {model.GetType().Name}, has no Bayesian layer, so no posterior; expected at least one, such as BayesianLinear.",
                nameof(model));
    }

    /// <summary>
    /// A table with a line for each weight and bias, at most 100 characters wide, then a line on the loss where there is one,
    /// then the warnings, a line each; in the invariant culture.
    /// </summary>
    public override string ToString()
    {
        var text = new StringBuilder(PosteriorTable.Of(this));
        if (EffectiveBeta is { } beta)
            text.Append(FormattableString.Invariant($"\nKL/N: {NumberText.Of(KlPerExample!.Value)} nats per example, N = {DatasetSize}; "))
                .Append($"effective beta: {NumberText.Of(beta)} ({Temperature(beta)})");
        foreach (string warning in Warnings)
            text.Append("\nWarning: ").Append(warning);
        return text.ToString();
    }

    private static string Temperature(double beta) => beta switch
    {
        // beta / N · N is 1 up to rounding.
        > 1 - 1e-9 and < 1 + 1e-9 => "Bayes' rule",
        < 1 => "a cold posterior",
        _ => "a warm posterior",
    };

    private static double? OwnKlDivergence(BayesianModule module)
    {
        using var scope = NewDisposeScope();
        return module.OwnKlDivergence()?.to(ScalarType.Float64).ReadDouble();
    }
}
