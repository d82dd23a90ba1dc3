using Bayes.Layers.Silo;

return await SiloProgram.RunAsync(args);
