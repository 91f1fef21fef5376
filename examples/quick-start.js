import express from 'express';
import { driftMiddleware } from 'leeway/express';

const app = express();
app.use(express.json());

const drift = driftMiddleware({
  experiment: 'housing',
  model: 'california',
  match: 'POST /predict',
  onAlert: (alert) => console.log(alert.title, alert.message),
});
app.use(drift);

app.post('/predict', (req, res) => {
  res.json({ price: 0.4 * req.body.income + 0.1 * req.body.rooms });
});
app.listen(Number(process.env.PORT ?? 3000));
