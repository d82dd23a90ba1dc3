using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Training;

namespace Bayes.Layers.Tests.Laws;

/// <summary>The laws of Bayesian modules. A test class of a module inherits them.</summary>
public abstract class ModuleLaws : SharedWeightLaws
{
    /// <summary>Returns an input for a module of another type.</summary>
    protected virtual Tensor As(Tensor input, ScalarType dtype) => input.to(dtype);

    /// <summary>The state_dict keys, in order.</summary>
    protected abstract IEnumerable<string> Keys { get; }

    /// <summary>The trained ones of <see cref="Keys"/>.</summary>
    protected virtual IEnumerable<string> ParameterKeys => Keys;

    /// <summary>Compares a few steps of <see cref="VariationalStep"/> with explicit steps on the same noise.</summary>
    protected static void FastStepsShouldEndWherePlainOnesDo(Func<BayesianSequential> make, Tensor input)
    {
        using BayesianSequential plain = Model(), fast = Model();
        var target = (plain.Sample(input, PosteriorMean.Instance).squeeze(0) > 0).to(float64);
        var loss = ElboLoss.Bernoulli(datasetSize: 50);
        using TorchNoise noise = new(31), same = new(31);
        using var optimizer = optim.SGD(plain.parameters(), 0.1);
        using var step = new VariationalStep(fast, loss, parameters => optim.SGD(parameters, 0.1), new Reparameterization(2, same));
        step.IsFast.Should().BeTrue();
        for (int i = 0; i < 5; i++)
        {
            optimizer.zero_grad();
            loss.forward(plain.Sample(input, new Reparameterization(2, noise)), target, plain.KlDivergence()).backward();
            optimizer.step();
            step.Run(input, target).Dispose();
        }
        foreach (var (key, value) in plain.state_dict())
            ShouldBeClose(fast.state_dict()[key], value, 1e-12, key);

        BayesianSequential Model()
        {
            random.manual_seed(17);
            return make();
        }
    }

    /// <summary>Runs one pass of all inputs.</summary>
    protected virtual Tensor Forward(BayesianModule module, NetworkInput input) => module.forward(input[0]);

    private static Tensor Seeded(BayesianModule module, NetworkInput input, int samples, long seed = 5)
    {
        using var noise = new TorchNoise(seed);
        return module.Sample(input, new Reparameterization(samples, noise));
    }

    [Fact]
    public void State_keys_are_clean()
    {
        using var module = Create();
        module.state_dict().Keys.Should().Equal(Keys);
        module.named_parameters().Select(p => p.name).Should().Equal(ParameterKeys);
    }

    [Fact]
    public void Forward_is_one_pass_without_the_axis_of_draws()
    {
        using var module = Create();
        var input = Inputs(6);
        random.manual_seed(3);
        var forward = Forward(module, input);
        random.manual_seed(3);
        ShouldBeClose(module.Sample(input, 1).squeeze(0), forward, 0);
        forward.shape[0].Should().Be(6);
    }

    [Fact]
    public void Draws_differ_and_seeds_repeat()
    {
        using var module = Create();
        var input = Inputs(6);
        var outputs = Seeded(module, input, 3);
        outputs.shape[..2].Should().Equal(3, 6);
        ShouldDiffer(outputs[0], outputs[1]);
        ShouldBeClose(Seeded(module, input, 3), outputs, 0);
        ShouldDiffer(Seeded(module, input, 3, seed: 6), outputs);
    }

    [Fact]
    public void Every_row_of_a_batch_sees_the_same_functions()
    {
        using var module = Create();
        var outputs = Seeded(module, Inputs(1).Each(row => cat([row, row, row], 0)), 4);
        ShouldBeClose(outputs.narrow(1, 0, 1).expand_as(outputs), outputs, 1e-12);
    }

    [Fact]
    public void The_posterior_mean_is_deterministic()
    {
        using var module = Create();
        var input = Inputs(6);
        var output = module.Sample(input, PosteriorMean.Instance);
        output.shape[..2].Should().Equal(1, 6);
        ShouldBeClose(module.Sample(input, PosteriorMean.Instance), output, 0);
    }

    [Fact]
    public void Every_parameter_gets_a_gradient()
    {
        if (!CarriesGradient)
            return;
        using var module = Create();
        (module.Sample(Inputs(6), 2).square().mean() + 0.01 * module.KlDivergence()).backward();
        foreach (var (name, parameter) in module.named_parameters())
        {
            parameter.grad.Should().NotBeNull(name);
            ShouldBeFinite(parameter.grad!);
            parameter.grad!.abs().sum().ToDouble().Should().BeGreaterThan(0, name);
        }
    }

    [Fact]
    public void The_type_argument_reaches_every_tensor()
    {
        using var module = Create(ScalarType.Float32);
        module.Sample(Inputs(6).Each(tensor => As(tensor, float32)), 2).dtype.Should().Be(ScalarType.Float32);

        module.to(ScalarType.Float64);
        module.parameters().Should().OnlyContain(p => p.dtype == ScalarType.Float64);
        module.state_dict().Values.Should().OnlyContain(p => p.dtype == ScalarType.Float64);
        module.Sample(Inputs(6), 2).dtype.Should().Be(ScalarType.Float64);
        module.KlDivergence().dtype.Should().Be(ScalarType.Float64);
        if (!CarriesGradient)
            return;
        (module.Sample(Inputs(6), 2).sum() + module.KlDivergence()).backward();
        foreach (var (name, parameter) in module.named_parameters())
            parameter.grad.Should().NotBeNull(name);
    }

    [Fact]
    public void Save_and_load_restore_the_module()
    {
        using BayesianModule module = Create(), other = Create();
        var input = Inputs(6);
        var expected = Seeded(module, input, 3);
        ShouldDiffer(Seeded(other, input, 3), expected, "it starts elsewhere");

        using var file = new MemoryStream();
        using (var writer = new BinaryWriter(file, System.Text.Encoding.UTF8, leaveOpen: true))
            module.save(writer);
        file.Position = 0;
        using (var reader = new BinaryReader(file))
            other.load(reader);

        ShouldBeClose(Seeded(other, input, 3), expected, 0);
        ShouldBeClose(other.KlDivergence(), module.KlDivergence(), 0);
    }

    [Fact]
    public void A_state_dict_loads()
    {
        using BayesianModule module = Create(), other = Create();
        other.load_state_dict(module.state_dict());
        var input = Inputs(4);
        ShouldBeClose(Seeded(other, input, 2), Seeded(module, input, 2), 0);
    }

    /// <summary>A fault of another library: copies fail after a pass because the module holds tensors of the pass.</summary>
    [Fact]
    public void It_can_be_copied_after_a_pass()
    {
        using BayesianModule module = Create(), other = Create();
        var input = Inputs(4);
        var loss = module.Sample(input, 2).square().mean() + module.KlDivergence();
        if (CarriesGradient)
            loss.backward();
        module.state_dict().Keys.Should().Equal(Keys);
        other.load_state_dict(module.state_dict());
        ShouldBeClose(Seeded(other, input, 2), Seeded(module, input, 2), 0);
        other.parameters().Should().OnlyContain(parameter => parameter.requires_grad);
    }

    /// <summary>A fault of another library: a parameter registered twice takes two steps at once and is saved under two names.</summary>
    [Fact]
    public void No_parameter_is_registered_twice()
    {
        using var module = Create();
        module.named_parameters().Select(named => named.parameter.Handle).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Training_and_evaluation_mode_reach_the_children()
    {
        using var module = Create();
        module.eval();
        module.modules().Prepend(module).Should().OnlyContain(each => !each.training);
        module.train();
        module.modules().Prepend(module).Should().OnlyContain(each => each.training);
    }

    [Fact]
    public void It_works_inside_a_plain_sequential()
    {
        if (Inputs(1).Count > 1)
            return;
        using var module = Create();
        using var sequential = nn.Sequential(("first", nn.Identity()), ("bayesian", module));
        var input = Input(6);
        random.manual_seed(3);
        var alone = module.forward(input);
        random.manual_seed(3);
        ShouldBeClose(sequential.forward(input), alone, 0);
        ShouldBeClose(sequential.KlDivergence(), module.KlDivergence(), 0);
        sequential.state_dict().Keys.Should().Equal(Keys.Select(key => "bayesian." + key));
        module.state_dict().Keys.Should().Equal(Keys, "becoming a child registers nothing anew");
    }

    [Fact]
    public void Parameters_outlive_the_scope_they_were_made_in()
    {
        BayesianModule module;
        using (NewDisposeScope())
            module = Create();
        using (module)
            ShouldBeFinite(module.Sample(Inputs(2), 2));
    }

    [Fact]
    public void A_pass_leaves_only_its_result_and_disposing_frees_everything()
    {
        var input = Inputs(6);
        long before = LiveTensors();
        using (var module = Create())
        {
            long made = LiveTensors();
            var kept = new[] { Forward(module, input), module.Sample(input, 3), module.Sample(input, PosteriorMean.Instance), module.KlDivergence() };
            LiveTensors().Should().Be(made + kept.Length);
            foreach (var tensor in kept)
                tensor.Dispose();
        }
        LiveTensors().Should().Be(before);
    }

    [Fact]
    public void An_empty_batch_and_a_scalar_are_refused()
    {
        using var module = Create();
        var empty = Inputs(2).Narrow(0, 0);
        module.Invoking(m => Forward(m, empty)).Should().Throw<ArgumentException>().WithMessage("*empty batch*");
        module.Invoking(m => Forward(m, Inputs(2).Each(_ => tensor(1.0))))
            .Should().Throw<ArgumentException>().WithMessage("*scalar; expected [batch, …]*");
        module.Invoking(m => m.Sample(Inputs(2), 0)).Should().Throw<ArgumentOutOfRangeException>().WithMessage("samples is 0*");
    }
}
