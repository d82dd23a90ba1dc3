using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// The base of conversions of a layer with a weight and an optional bias. A derived class makes each layer from the sizes of the other.
/// </summary>
/// <typeparam name="TPlain">The plain type.</typeparam>
/// <typeparam name="TBayesian">The Bayesian type.</typeparam>
public abstract class WeightLayerConversion<TPlain, TBayesian> : LayerConversion
    where TPlain : nn.Module<Tensor, Tensor>
    where TBayesian : BayesianLayer
{
    /// <inheritdoc/>
    public sealed override Type PlainType => typeof(TPlain);

    /// <inheritdoc/>
    public sealed override Type BayesianType => typeof(TBayesian);

    /// <inheritdoc/>
    public sealed override bool HasWeights => true;

    /// <summary>Returns the weight of a plain layer.</summary>
    protected abstract Parameter Weight(TPlain plain);

    /// <summary>Returns the bias of a plain layer, or null.</summary>
    protected abstract Parameter? Bias(TPlain plain);

    /// <summary>Replaces the weight of a plain layer by that of another layer; refused by default.</summary>
    /// <param name="plain">The plain layer.</param>
    /// <param name="weight">The weight that both layers then share.</param>
    /// <exception cref="ArgumentException">The conversion does not override this method.</exception>
    protected virtual void SetWeight(TPlain plain, Parameter weight) => throw NotShared(nameof(SetWeight), "weight");

    /// <summary>Replaces the bias of a plain layer by that of another layer; refused by default.</summary>
    /// <param name="plain">The plain layer.</param>
    /// <param name="bias">The bias that both layers then share.</param>
    /// <exception cref="ArgumentException">The conversion does not override this method.</exception>
    protected virtual void SetBias(TPlain plain, Parameter bias) => throw NotShared(nameof(SetBias), "bias");

    /// <summary>Creates a Bayesian layer with the sizes of a plain one.</summary>
    protected abstract TBayesian Create(TPlain plain, LayerStart start);

    /// <summary>Creates a plain layer with the sizes of a Bayesian one, and any weights.</summary>
    protected abstract TPlain Create(TBayesian bayesian, Device device, ScalarType dtype);

    // Not the registered parameters: an Embedding_from_pretrained uses another weight than it registers.
    /// <inheritdoc/>
    internal override IEnumerable<(string Name, Tensor Value)> ParametersOf(nn.Module<Tensor, Tensor> plain)
    {
        yield return ("weight", Weight((TPlain)plain));
        if (Bias((TPlain)plain) is { } bias)
            yield return ("bias", bias);
    }

    /// <inheritdoc/>
    internal sealed override long? FindFixedRow(nn.Module<Tensor, Tensor> plain) => FixedRowOf((TPlain)plain);

    /// <summary>Returns the row of a plain layer's weight that stays 0 and is not random, or null.</summary>
    /// <exception cref="ArgumentException">The layer has an option that its Bayesian counterpart lacks.</exception>
    private protected virtual long? FixedRowOf(TPlain plain) => null;

    /// <summary>Returns the additional row of the plain layer's weight, or null.</summary>
    private protected virtual long? FixedRowOf(TBayesian bayesian) => null;

    /// <inheritdoc/>
    public sealed override nn.Module<Tensor, Tensor> ToBayesian(nn.Module<Tensor, Tensor> plain, BayesianPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var given = (TPlain)plain;
        long? fixedRow = FixedRowOf(given);
        Tensor weight = Weight(given), random = FixedRow.Without(weight, fixedRow);
        Tensor? bias = Bias(given);
        var layer = Create(given, pass.Options.StartOf(random, bias) with { FixedRow = fixedRow });
        try
        {
            WeightVariable[] variables = [.. layer.OwnVariables];
            pass.Options.Start(layer.Family, variables[0].Posterior, random);
            pass.Share(weight, fixedRow, variables[0]);
            if (bias is not null)
            {
                pass.Options.Start(layer.Family, variables[1].Posterior, bias);
                pass.Share(bias, null, variables[1]);
            }
        }
        catch
        {
            layer.Dispose();
            throw;
        }
        layer.train(plain.training);
        return layer;
    }

    /// <inheritdoc/>
    public sealed override nn.Module<Tensor, Tensor> ToPlain(nn.Module<Tensor, Tensor> bayesian, DeterministicPass pass)
    {
        ArgumentNullException.ThrowIfNull(pass);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var given = (TBayesian)bayesian;
        var plain = Create(given, given.weight_mu.device, given.weight_mu.dtype);
        // TorchSharp leaves the parameter of an Embedding in the dispose scope, which would dispose it.
        foreach (var parameter in plain.parameters())
            parameter.Owned();
        try
        {
            pass.SetParameter(
                given.weight_mu, () => Weight(plain), () => FixedRow.With(pass.Weight(given.WeightPosterior), FixedRowOf(given)),
                weight => SetWeight(plain, weight));
            if (given.BiasPosterior is { } posterior)
                pass.SetParameter(given.bias_mu!, () => Bias(plain)!, () => pass.Weight(posterior), bias => SetBias(plain, bias));
        }
        catch
        {
            plain.Dispose();
            throw;
        }
        plain.train(bayesian.training);
        return plain;
    }

    private ArgumentException NotShared(string method, string parameter) => new(
        $"it shares its {parameter} with another layer, but {GetType().Name} cannot replace the {parameter} of a {typeof(TPlain).Name}; "
        + $"override {method}.");
}
