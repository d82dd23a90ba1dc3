using Bayes.Layers.Conversion;
using TorchSharp.Modules;

namespace Bayes.Layers.Tests.Conversion;

/// <summary>The message if a conversion converts nothing.</summary>
public sealed class NothingConvertedTests : TorchTest
{
    [Fact]
    public void A_class_with_its_own_forward_is_named_with_the_layers_inside()
    {
        using var network = new PlainNet();
        network.Invoking(n => n.ToBayesian(new BayesianConversion { LastLayerOnly = true, Form = ConversionForm.Layers })).Should()
            .Throw<ArgumentException>().WithMessage(
                "Nothing in the PlainNet became Bayesian: 'body' (Linear), 'blocks.0' (Linear), 'head' (Linear) stand inside the PlainNet, "
                + "a class with a forward of its own, which a conversion to layers does not enter; expected Form = Automatic or WeightSpace, which "
                + "take any forward, without KeepsUnsupported, or a LayerConversion for it in Layers*");
        using var nested = nn.Sequential(("tanh", nn.Tanh()), ("own", new PlainNet()));
        nested.Invoking(n => n.ToBayesian(new BayesianConversion { KeepsUnsupported = true })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Sequential became Bayesian: 'own.body' (Linear), * stand inside 'own' (PlainNet), a class with a forward "
                + "of its own*");
    }

    [Fact]
    public void Layers_that_select_excludes_are_named()
    {
        using var network = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1), nn.Linear(1, 1));
        network.Invoking(n => n.ToBayesian(new BayesianConversion { Select = (_, _) => false })).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Sequential became Bayesian: Select leaves out '0' (Linear), '1' (Linear), '2' (Linear) and 2 more; "
                + "expected at least one that it selects*");
    }

    [Fact]
    public void Frozen_layers_are_named()
    {
        using var network = nn.Linear(2, 2);
        network.weight.requires_grad = network.bias!.requires_grad = false;
        network.Invoking(n => n.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Linear became Bayesian: the layers to convert, among the Linear, are frozen "
                + "(requires_grad = false)*");
    }

    [Fact]
    public void A_network_without_layers_is_reported() =>
        nn.Sequential(nn.Tanh()).Invoking(n => n.ToBayesian()).Should().Throw<ArgumentException>()
            .WithMessage("Nothing in the Sequential became Bayesian: it has no layers with weights that a conversion knows; expected at least one*");

    [Fact]
    public void A_frozen_custom_module_stays_plain_beside_a_layer_that_converts()
    {
        var own = new PlainNet();
        foreach (var parameter in own.parameters())
            parameter.requires_grad = false;
        using var model = nn.Sequential(("own", own), ("head", nn.Linear(2, 1))).ToBayesian();
        model.named_children().First().module.Should().BeSameAs(own);
        model.modules().OfType<BayesianLinear>().Should().ContainSingle();
    }

    private sealed class PlainNet : nn.Module<Tensor, Tensor>
    {
        private readonly Linear body = nn.Linear(2, 2);
        private readonly Sequential blocks = nn.Sequential(nn.Linear(2, 2), nn.Tanh());
        private readonly Linear head = nn.Linear(2, 2);

        public PlainNet() : base(nameof(PlainNet)) => RegisterComponents();

        public override Tensor forward(Tensor input) => head.forward(blocks.forward(body.forward(input)));
    }
}
