using System.Text;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Diagnostics;

/// <summary>
/// Describes the posterior of a model layer by layer: its distance from the prior, the certainty of the weights, and whether a layer has collapsed.
/// Holds plain numbers from the time of the call, and no tensors.
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

    /// <summary>
    /// Gets every Bayesian layer of the model once, in the order of <c>state_dict</c>. A layer that is used twice has its first path.
    /// </summary>
    public IReadOnlyList<LayerDiagnostics> Layers { get; }

    /// <summary>
    /// Gets a sentence for each layer that has collapsed and for each weight or bias that is not finite, and one if every sigma is still near its
    /// start. Empty for a sound model that was trained long enough.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Gets the number of weights of the layers, including biases. Shared weights count once.</summary>
    public long Count { get; }

    /// <summary>Gets KL(q ‖ p) of the model in nats: the value of <see cref="ModuleExtensions.KlDivergence"/>, summed in double precision.</summary>
    public double KlDivergence => _layersKlDivergence + (OtherKlDivergence ?? 0);

    /// <summary>Gets KL(q ‖ p) of the layers in nats per weight.</summary>
    public double KlPerWeight => _layersKlDivergence / Count;

    /// <summary>
    /// Gets the part of <see cref="KlDivergence"/>, in nats, from modules other than <see cref="BayesianLayer"/>; null if there are none.
    /// </summary>
    public double? OtherKlDivergence { get; }

    /// <summary>Gets the histogram of |mu| / sigma over the finite weights of all layers, in decibels.</summary>
    public SignalToNoiseHistogram SignalToNoise { get; }

    /// <summary>Gets N, the number of training examples; null without a loss.</summary>
    public long? DatasetSize { get; }

    /// <summary>Gets KL / N in nats per example, which the loss adds to the negative log-likelihood at beta = 1; null without a loss.</summary>
    public double? KlPerExample => KlDivergence / DatasetSize;

    /// <summary>
    /// Gets the loss's factor of the KL divergence times N: 1 is Bayes' rule, and below 1 the posterior is colder (Wenzel et al. 2020, "How Good is
    /// the Bayes Posterior in Deep Neural Networks Really?"). Null without a loss.
    /// </summary>
    public double? EffectiveBeta { get; }

    /// <summary>
    /// Reads a model's posterior, tensor by tensor on its device in double precision. Needs memory for a few copies of the largest tensor. Records
    /// no gradient and changes nothing.
    /// </summary>
    /// <param name="model">Any module tree with a Bayesian layer, or a layer.</param>
    /// <param name="loss">The loss that the model is trained with, for <see cref="KlPerExample"/> and <see cref="EffectiveBeta"/>.</param>
    /// <param name="thresholds">The thresholds for warnings; <see cref="CollapseThresholds"/> with its defaults by default.</param>
    /// <exception cref="ArgumentException">The model has no Bayesian layer.</exception>
    public static PosteriorDiagnostics Of(nn.Module model, ElboLoss? loss = null, CollapseThresholds? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var gates = ModuleGates.Hold(model);
        using var noGrad = no_grad();
        var layers = new List<LayerDiagnostics>();
        var known = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        double? other = null;
        foreach (var (name, module) in NamedModules.Of(model))
            if (module is BayesianModule bayesian)
            {
                layers.AddRange(LayerDiagnostics.Of(name, bayesian, known));
                if (OwnKlDivergence(bayesian) is { } own)
                    other = own + (other ?? 0);
            }
        return layers.Count > 0
            ? new PosteriorDiagnostics(layers.AsReadOnly(), other, loss, thresholds ?? new CollapseThresholds())
            : throw new ArgumentException(
                $"The model, a {model.GetType().Name}, has no Bayesian layer, so no posterior; expected at least one, such as BayesianLinear.",
                nameof(model));
    }

    /// <summary>
    /// Returns a table with a line for each weight and bias, at most 100 characters wide, then a line about the loss if there is one, then one line
    /// for each warning; in the invariant culture.
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
